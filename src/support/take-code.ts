import type { Limits } from '../limits/index.ts'

/**
 * One code that support sends, or has sent again, for an account or, of whoever registers, to an address: each may be
 * guessed at by whoever calls, and no agent is talked into more of them than these (T15). AppError `too-many-attempts`
 * (limited).
 */
export const takeCode = async (limits: Pick<Limits, 'consume'>, subject: string): Promise<void> => {
  await limits.consume('support-code', subject)
}
