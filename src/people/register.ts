import type { Caller, OneTimeCodes, Verification, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { codeLifetime, type Identifier, restoredKey, type SignInStore } from '../credentials/index.ts'
import { type DetailName, type Details, normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { PeopleStore } from './people-store.ts'
import { type Assertion, byPerson, emailKey, type Fields, type Person, type PersonId } from './person.ts'
import { isKeptFor } from './take-back.ts'

export interface RegistrationDeps {
  people: PeopleStore
  signIns: SignInStore
  verifications: VerificationStore
  codes: OneTimeCodes
  hashPassword: (password: string) => Promise<string>
  lookupKey: Uint8Array
}

export interface Registration {
  details: Details & { email: string }
  password: string
  language: Person['language']
  /** Shown in the mail: whose service the person came from. */
  company: string
  /** The company's own fields, for the account that is made with it (S1-a). */
  ownData?: Record<string, string>
  agreed?: AgreedOnPage
}

/** What the page said that a company gets; kept with the draft, so that the link is made of exactly that (U1). */
export interface AgreedOnPage {
  company: string
  policyVersion: string
  shown: DetailName[]
}

/** registered: a new unified sign-in · known: the address has one already, which asks its password next. */
export interface Registered {
  outcome: 'registered' | 'known'
  person: PersonId
  /** The address that was proven: never another one that the person has by now. */
  address: string
  ownData: Record<string, string>
  /** What the sign-in stands at as it is made; whoever signs in by it is in under no later one. */
  credentialEpoch: number
  agreed?: AgreedOnPage
}

const kind = 'registration'
export const firstEpoch = 1

/**
 * Registration: a draft until the address is proven by a code (threats T1). Known and unknown addresses take the same
 * steps, the same storage operations and the same hashing; only the owner of the mailbox learns more (T19).
 */
export const createRegistration = ({
  people,
  signIns,
  verifications,
  codes,
  hashPassword,
  lookupKey,
}: RegistrationDeps) => {
  /** Whom an address signs in, also where a restore knew it by its digest alone. */
  const identifierAt = async (key: string): Promise<Identifier | null> => {
    const [known, restored] = await Promise.all([key, restoredKey(lookupKey, key)].map(signIns.identifier))
    return known ?? restored ?? null
  }

  /** Answers the handle that the browser keeps for the code page. */
  const begin = async (registration: Registration): Promise<string> => {
    const { details, password, language, company, ownData = {}, agreed } = registration
    const address = normalizeEmail(details.email)
    const [known, passwordHash] = await Promise.all([signsIn(emailKey(address)), hashPassword(password)])
    return codes.begin({
      kind,
      address,
      content: {
        ...{ details: { ...details, email: address }, passwordHash, language, company, ownData },
        ...(agreed && { agreed }),
      },
      mail: { kind: known ? 'registration-known' : 'registration-code', language, values: { company } },
    })
  }

  /** Whom an address signs in: who lists what it leads to. The same reads for every address. */
  const signsIn = async (key: string): Promise<PersonId | undefined> => {
    const holder = await identifierAt(key)
    const person = await people.get(holder?.owner ?? 'nobody')
    return holder && person?.identifiers.includes(holder._id) ? person._id : undefined
  }

  /** Proves the address and makes the person, once; the second of two clicks is told the same. */
  const complete = async (handle: string, code: string, caller?: Caller): Promise<Registered> => {
    const verification = await codes.check(handle, kind, code, caller)
    if (verification.state === 'open') await verifications.complete(verification._id, randomId())
    const moved = await verifications.find(verification._id, kind)
    return outcomeFor(moved?.state === 'completing' ? await rollForward(moved) : moved?.outcome)
  }

  const outcomeFor = (outcome: Registered | Verification['outcome']): Registered => {
    if (!outcome) throw new AppError('gone', 'code-expired')
    return outcome as unknown as Registered
  }

  /** From wherever it stopped: person, credential, identifier (the commit point), then active listing both (M9). */
  const rollForward = async (verification: Verification): Promise<Registered | undefined> => {
    const id = verification.becomes
    if (!id) return undefined
    const key = emailKey(verification.address)
    const credential = `person:${id}:password:1`
    const {
      details,
      passwordHash,
      language,
      ownData = {},
      agreed,
    } = verification.content as {
      details: Details
      passwordHash: string
      language: Person['language']
      ownData?: Record<string, string>
      agreed?: AgreedOnPage
    }
    await people.insert(newPerson(id, details, language))
    await signIns.addCredential({ _id: credential, kind: 'password', secret: passwordHash, createdAt: now() })
    if ((await claim(key, id)) === 'taken') {
      await signIns.dropCredential(credential)
      // Kept free for whoever may still take it back: it is nobody's sign-in, and becomes none yet (H25).
      await markVoid(id, await signsIn(key))
    } else await activate(id, key, credential)
    const made = await outcomeOf(id, verification.address, ownData)
    const outcome = made && { ...made, ...(agreed && { agreed }) }
    await verifications.done(verification._id, `person:${outcome?.person ?? id}`, outcome && { ...outcome })
    return outcome
  }

  const claim = async (key: string, id: PersonId): Promise<'claimed' | 'taken'> => {
    const held = await signIns.identifier(restoredKey(lookupKey, key))
    return held && !(await isOrphan(held)) ? 'taken' : signIns.claim(key, id, isOrphan)
  }

  const activate = async (id: PersonId, key: string, credential: string): Promise<void> => {
    await retryOnConflict(async () => {
      const person = await people.get(id)
      if (person?.status !== 'pending') return undefined
      const at = now()
      const saved = await people.commit(person, {
        set: { status: 'active', identifiers: [key], credentials: [credential], credentialsChangedAt: at },
        log: [{ op: `register:${id}`, kind: 'registered', at, actor: { kind: 'person', id } }],
      })
      return saved ?? conflict
    })
  }

  /** The address was proven by another draft first: what this one would have been stays empty for good. */
  const markVoid = async (id: PersonId, owner: PersonId | undefined): Promise<void> => {
    const person = await people.get(id)
    if (person?.status === 'pending')
      await people.commit(person, { set: { status: 'erased', fields: {}, knownAs: owner ?? null }, log: [] })
  }

  const outcomeOf = async (
    id: PersonId,
    address: string,
    ownData: Record<string, string>,
  ): Promise<Registered | undefined> => {
    const person = await people.get(id)
    const made = { address, ownData, credentialEpoch: firstEpoch }
    if (person?.status === 'active') return { outcome: 'registered', person: id, ...made }
    const owner = person?.knownAs ? await people.get(person.knownAs) : null
    return owner ? { outcome: 'known', person: owner._id, ...made } : undefined
  }

  const isOrphan = async (holder: Identifier): Promise<boolean> => {
    const person = await people.get(holder.owner)
    if (!person || person.status === 'erased') return true
    // Being taken this moment, it is nobody's orphan: of two who prove an address at once, one gets it.
    const isSettled = holder.provenAt < now() - codeLifetime
    return person.status === 'active' && !isKeptFor(person, holder._id) && isSettled
  }

  return {
    begin,
    complete,
    isOrphan,
    activate,
    markVoid,
    claim,
    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),
    /** What was written before the code was sent, for whoever wants to correct it; never the password. */
    filledIn: async (handle: string): Promise<{ details: Details; ownData: Record<string, string> }> => {
      const { details = {}, ownData = {} } = (await codes.begun(handle, kind)).content as Partial<Registration>
      return { details, ownData }
    },
    sendAgain: (handle: string, language: Person['language']): Promise<void> => codes.sendAgain(handle, kind, language),
    /** Registrations that a crash left between two steps. */
    settleDue: async (): Promise<number> => {
      const due = await verifications.due(kind, now())
      for (const verification of due) await rollForward(verification)
      return due.length
    },
  }
}

export type PersonRegistration = ReturnType<typeof createRegistration>

export const newPerson = (id: PersonId, details: Details, language: Person['language']): Person => {
  const at = now()
  const fields: Fields = {}
  for (const [field, value] of Object.entries(details) as [DetailName, string | null][])
    fields[field] = { [byPerson]: { value, v: 1, at, op: `register:${id}` } satisfies Assertion }
  return {
    _id: id,
    s: 1,
    rev: 1,
    v: 1,
    status: 'pending',
    fields,
    identifiers: [],
    credentials: [],
    credentialEpoch: firstEpoch,
    credentialsChangedAt: at,
    language,
    createdAt: at,
    applied: {},
    log: [],
    n: 0,
  }
}
