/**
 * Every mail the product sends, with the values each needs. `code` is six digits and the only six digits in a row of
 * its mail, so no other value of such a kind may hold six (a case reference is grouped by dashes). Addresses in
 * `…Url` are of the issuer. `when` is an instant as `zonedInstant` has it; it is written in the person's language.
 */
interface MailValues {
  /** Proves the address of somebody new. */
  'registration-code': { code: string; company: string }
  /** The same, to an address that has a sign-in already: the code works, and the password of that sign-in is asked. */
  'registration-known': { code: string; company: string }
  /** Proves the address of a sign-in at one company only. */
  'separate-code': { code: string; company: string }
  'separate-known': { code: string; company: string }
  /** The way back into an account that was unlinked. */
  'way-in-code': { code: string; company: string }
  /** Proves an account from before, to be linked and for nothing else; sent the same where there is none. */
  'link-code': { code: string; company: string }
  /** Proves a new address of a person. */
  'address-code': { code: string }
  /** Says that a change of address is right, so that nothing waits for it any more. */
  'former-address-code': { code: string }
  'recovery-code': { code: string }
  /** A caller proves themselves to support; `case` is the case's reference. */
  'support-code': { code: string; company: string; case: string; askedBy: string }
  /** Proves the address of somebody who was invited to a company's staff. */
  'staff-code': { code: string }
  /** Support sends the way to a new password, on the word of a caller; `where` it begins: `pages` or `company`. */
  'recovery-offered': { company: string; case: string; where: string; url?: string }
  /** The first account of a sign-in that was made with it; what it offers closes the one and deletes the other. */
  welcome: { company: string; undoUrl: string }
  /** A link made a new account; what it offers closes it. */
  'account-opened': { company: string; undoUrl: string }
  'account-linked': { company: string; undoUrl: string }
  'account-unlinked': { company: string }
  /** `fields`: names of details, comma-separated (`givenName,city`); `by`: who changed them, as the person may know it. */
  'details-changed': { fields: string; by: string; reason?: string; undoUrl: string }
  /** The same of an account that is not linked, by the company that holds it. */
  'account-details-changed': { company: string; fields: string; reason?: string; undoUrl: string }
  /** To the address that signed in until now. Masked, so that an old mailbox does not learn the new one. */
  'address-changed': { address: string; undoUrl: string }
  /** To an address from before, that may take back this change with its own; `when` it last can. */
  'address-changed-again': { address: string; when: string; undoUrl: string }
  /** To the address that signs in again, and to the one that does no more. */
  'address-taken-back': { address: string }
  /** A company or its support changed the contact address: the person may make it the one that signs in. */
  'address-offered': { company: string; address: string; url: string }
  'password-changed': { when: string }
  /** A code to an address that nobody has used for long: nothing happens before `when`, and the link stops it. */
  'recovery-waits': { address: string; company: string; when: string; undoUrl: string }
  /** The same of an account that is not linked. */
  'account-recovery-waits': { address: string; company: string; when: string; undoUrl: string }
  'new-sign-in': { service: string; when: string; device: string }
  /** Many wrong passwords from browsers that never signed in as them. */
  'sign-in-guessed': { when: string }
  /** The code came back. */
  'address-confirmed': { when: string }
  /** Stops at once; for good from `until` on. */
  'unlink-started': { company: string; until: string; url: string }
  'deletion-started': { until: string; url: string }
  /** `until`: ISO date of the last day on which it can be taken back. */
  'closure-started': { company: string; until: string; url: string }
  'closure-done': { company: string }
  /** To whoever's unified sign-in it was. */
  'sign-in-deleted': { when: string }
  'approval-asked': { company: string; url: string }
  /** Somebody showed support papers by which they speak for the person; `askedBy`: guardian or executor. */
  'papers-shown': { company: string; case: string; askedBy: string; url: string }
  /** To whoever watches over a company's support; `alarm`: what it is about, by its name. */
  'support-alarm': { company: string; alarm: string; url: string }
  /** A rights request reached its company. `until`: ISO date of the last day to answer. */
  'request-received': { company: string; until: string; url: string }
  'request-proof': { company: string; url: string }
  'request-message': { company: string; url: string }
  'request-extended': { company: string; until: string; url: string }
  'request-answered': { company: string; url: string }
  'request-refused': { company: string; url: string }
  'request-withdrawn': { company: string; url: string }
  /** To a company's own desk: something new waits there; and: its time is nearly up. */
  'request-waiting': { company: string; url: string }
  'request-due': { company: string; url: string }
  /** A refresh token came back a second time: somebody has a copy. */
  'refresh-reused': { service: string }
}

export type MailKind = keyof MailValues

interface Kind {
  /** Sent also to who is no more: it may not have been they who did it, or it is the end itself that it tells of. */
  outlives?: true
  /** Where its reader acts, if its values name no address and it has no code to type; of the issuer. */
  leadsTo?: 'security' | 'services' | 'contact'
  /** To a company's own people. */
  toStaff?: true
}

const kinds: Record<MailKind, Kind> = {
  'registration-code': {},
  'registration-known': {},
  'separate-code': {},
  'separate-known': {},
  'way-in-code': {},
  'link-code': {},
  'address-code': {},
  'former-address-code': {},
  'recovery-code': {},
  'support-code': {},
  'staff-code': {},
  'recovery-offered': {},
  welcome: {},
  'account-opened': {},
  'account-linked': {},
  'account-unlinked': { outlives: true, leadsTo: 'services' },
  'details-changed': {},
  'account-details-changed': {},
  'address-changed': { outlives: true },
  'address-changed-again': { outlives: true },
  'address-taken-back': { outlives: true, leadsTo: 'security' },
  'address-offered': {},
  'password-changed': { outlives: true, leadsTo: 'security' },
  'recovery-waits': {},
  'account-recovery-waits': {},
  'new-sign-in': { outlives: true, leadsTo: 'security' },
  'sign-in-guessed': { outlives: true, leadsTo: 'security' },
  'address-confirmed': { leadsTo: 'security' },
  'unlink-started': {},
  'deletion-started': {},
  'closure-started': {},
  // Nobody is left who could sign in.
  'closure-done': { outlives: true, leadsTo: 'contact' },
  'sign-in-deleted': { outlives: true, leadsTo: 'contact' },
  'approval-asked': {},
  'papers-shown': {},
  'support-alarm': { toStaff: true },
  'request-received': {},
  'request-proof': {},
  'request-message': {},
  'request-extended': {},
  'request-answered': {},
  'request-refused': {},
  'request-withdrawn': {},
  'request-waiting': { toStaff: true },
  'request-due': { toStaff: true },
  'refresh-reused': { outlives: true, leadsTo: 'security' },
}

export const mailKinds = Object.keys(kinds) as MailKind[]
export const outlives = (kind: MailKind): boolean => kinds[kind].outlives === true
/** Nobody knows the language of a company's staff: the letter is in English, and its page in theirs. */
export const isToStaff = (kind: MailKind): boolean => kinds[kind].toStaff === true
export const leadsTo = (kind: MailKind): Kind['leadsTo'] => kinds[kind].leadsTo
