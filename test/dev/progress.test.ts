import assert from 'node:assert/strict'
import { type Happened, stepsDone, type TourStep, type Trouble } from '../../src/dev/progress.ts'

const maja = 'person:maja'
const one = (kind: Happened['kind'], at: number, changes: Partial<Happened> = {}): Happened => ({
  kind,
  at,
  holder: maja,
  byPerson: true,
  ...changes,
})

describe('the tour ticks off what happened (S0)', () => {
  const table: [story: string, happened: Happened[], trouble: Trouble, done: TourStep[]][] = [
    ['nobody did anything', [], {}, []],
    ['somebody registered at Mobile', [one('registered', 1), one('linked', 2)], {}, ['first']],
    [
      'they went on to Games',
      [one('registered', 1), one('linked', 2), one('linked', 3), one('linked', 3, { holder: 'account:g' })],
      {},
      ['first', 'second'],
    ],
    ['somebody who was there opened one more', [one('linked', 3)], {}, ['second']],
    ['somebody brought an account from before', [one('linked', 3, { existing: true })], {}, ['existing']],
    ['a company corrected a name', [one('details-changed', 3, { byPerson: false })], {}, []],
    ['they changed their name', [one('details-changed', 3)], {}, ['change']],
    ['Games still fails', [one('details-changed', 3)], { broken: 2 }, ['change']],
    ['Games was mended', [one('details-changed', 3)], { broken: 2, mended: 4 }, ['change', 'fault']],
    ['nothing changed while Games failed', [one('details-changed', 1)], { broken: 2, mended: 4 }, ['change']],
    ['nothing changed until it was mended', [one('details-changed', 5)], { broken: 2, mended: 4 }, ['change']],
    ['Games fails again', [one('details-changed', 3)], { broken: 5, mended: 4 }, ['change']],
    ['they signed out', [one('signed-out', 3)], {}, ['out']],
    ['support looked', [one('support-act', 3, { byPerson: false })], {}, ['support']],
  ]
  for (const [story, happened, trouble, done] of table)
    it(`when ${story}: ${done.join(', ') || 'no step'}`, () => assert.deepEqual(stepsDone(happened, trouble), done))
})
