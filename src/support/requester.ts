/** Who asks for help. */
export const requesters = ['person', 'guardian', 'executor'] as const
export type Requester = (typeof requesters)[number]

/** How it is shown that they may: the person says so by a code or on their own page, or two agents saw the papers. */
export type Proof = 'code' | 'approval' | 'papers'

/**
 * A code to a person's own address says nothing of who comes with papers about them: a guardian is let in by the person
 * or by papers, an executor by papers alone (T15).
 */
const proofs: Record<Requester, readonly Proof[]> = {
  person: ['code', 'approval'],
  guardian: ['code', 'approval', 'papers'],
  executor: ['papers'],
}

export const provesFor = (asker: Requester, proof: Proof): boolean => proofs[asker].includes(proof)

/**
 * What can be done at all for who asks. An executor sees the details and has things ended, stopped or handed on: nothing
 * is changed any more that only its person could agree to or take back, and no way in is opened to anybody.
 */
const forExecutors = [
  'sessions-ended',
  'handed-on',
  'marked-fraudulent',
  'fraud-cleared',
  'device-marked',
  'device-cleared',
]

export const isDoneFor = (asker: Requester, act: string): boolean => asker !== 'executor' || forExecutors.includes(act)
