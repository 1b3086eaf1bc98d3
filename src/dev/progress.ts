import type { EventKind } from '../activity/index.ts'

/** In the order of the page. */
export const tourSteps = ['first', 'second', 'change', 'fault', 'out', 'existing', 'support'] as const
export type TourStep = (typeof tourSteps)[number]

/** What a step is seen by, of all that was recorded. */
export const tourKinds: readonly EventKind[] = ['registered', 'linked', 'details-changed', 'signed-out', 'support-act']

/** One thing recorded since the demonstration's people were there. */
export interface Happened {
  kind: EventKind
  /** Milliseconds since 1970. */
  at: number
  /** Whose trail it stands in: `person:<id>` or `account:<id>`. */
  holder: string
  byPerson: boolean
  /** Of `linked`: whether the account was there before. */
  existing?: boolean
}

/** When a receiver was last made to fail, and last made well; milliseconds since 1970. */
export interface Trouble {
  broken?: number
  mended?: number
}

/** Ticked off by what happened, never by a click on a tick: whoever did it another way has done it. */
export const stepsDone = (happened: readonly Happened[], { broken, mended }: Trouble): TourStep[] => {
  const of = (kind: EventKind) => happened.filter((each) => each.kind === kind)
  const registered = new Set(of('registered').map(({ holder }) => holder))
  const opened = of('linked').filter(({ holder, existing }) => holder.startsWith('person:') && !existing)
  // The first account of somebody new came with their registration.
  const further = opened.filter(
    ({ holder, at }) => !registered.has(holder) || opened.some((each) => each.holder === holder && each.at < at),
  )
  const changes = of('details-changed')
  const seen: Record<TourStep, boolean> = {
    first: registered.size > 0,
    second: further.length > 0,
    change: changes.some(({ byPerson }) => byPerson),
    fault: broken !== undefined && mended !== undefined && changes.some(({ at }) => at >= broken && at <= mended),
    out: of('signed-out').length > 0,
    existing: of('linked').some(({ existing }) => existing),
    support: of('support-act').length > 0,
  }
  return tourSteps.filter((step) => seen[step])
}
