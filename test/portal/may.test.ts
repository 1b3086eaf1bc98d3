import assert from 'node:assert/strict'
import type { Account, PrincipalId } from '../../src/accounts/index.ts'
import {
  mayAgree,
  mayClose,
  mayEditAttributes,
  mayGiveWayIn,
  mayOfferForLinking,
  mayReopen,
  maySee,
  mayUnlink,
  mayWithdraw,
} from '../../src/portal/access-rules.ts'

type Seen = Pick<Account, '_id' | 'status' | 'link' | 'left' | 'signIn'>

const link = { person: 'ada', agreed: [], since: 0, id: 'link-1', policyVersion: '1', how: 'new' as const }
const signIn = { key: 'k', credential: 'c', address: 'a@b.example', provenAt: 0 }
const left = { person: 'ada', how: 'existing' as const }
const id = 'games:1'

const accounts = {
  linked: { _id: id, status: 'open', link, signIn: null },
  closing: { _id: id, status: 'closing', link, signIn: null },
  separate: { _id: id, status: 'open', link: null, signIn },
  left: { _id: id, status: 'open', link: null, signIn: null, left },
  'left, with a way in': { _id: id, status: 'open', link: null, signIn, left },
  closed: { _id: id, status: 'closed', link: null, signIn: null, left },
} satisfies Record<string, Seen>

const viewers: Record<string, PrincipalId> = {
  'the person': { kind: 'person', person: 'ada' },
  'another person': { kind: 'person', person: 'bo' },
  'its own holder': { kind: 'account', account: id },
  'the holder of another account': { kind: 'account', account: 'games:2' },
  'the holder of an account of the same subject at another company': { kind: 'account', account: 'mobile:1' },
}

const acts = {
  see: maySee,
  edit: mayEditAttributes,
  agree: mayAgree,
  unlink: mayUnlink,
  withdraw: mayWithdraw,
  close: mayClose,
  'come back': mayReopen,
  'give a way in': mayGiveWayIn,
  'offer for linking': mayOfferForLinking,
}

/** Everything that is allowed; what is not here is refused. */
const allowed: Record<string, Record<keyof typeof accounts, (keyof typeof acts)[]>> = {
  'the person': {
    linked: ['see', 'edit', 'agree', 'unlink', 'withdraw', 'close'],
    closing: ['see', 'unlink', 'withdraw', 'come back'],
    separate: [],
    left: ['see', 'give a way in'],
    'left, with a way in': ['see'],
    closed: ['see'],
  },
  'its own holder': {
    linked: [],
    closing: [],
    separate: ['see', 'edit', 'withdraw', 'close', 'offer for linking'],
    left: [],
    'left, with a way in': ['see', 'edit', 'withdraw', 'close', 'offer for linking'],
    closed: [],
  },
}

describe('who may do what on the account pages (T8, T13, T18, T19)', () => {
  for (const [who, viewer] of Object.entries(viewers))
    for (const [which, account] of Object.entries(accounts))
      it(`${who}, an account that is ${which}`, () => {
        const may = Object.entries(acts).flatMap(([act, rule]) => (rule(viewer, account) ? [act] : []))
        assert.deepEqual(may, allowed[who]?.[which as keyof typeof accounts] ?? [])
      })
})
