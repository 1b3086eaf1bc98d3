import type { Account } from '../accounts/index.ts'
import { detailKinds, type Holder, type ShownEvent } from '../activity/index.ts'
import type { Details } from '../details/index.ts'
import { type Filled, type Problems, problemsOf } from '../http/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type DetailChange, detailsOf, isProven, type Person, signInAddresses, versionsOf } from '../people/index.ts'
import { changeOwnDetails } from './change-own-details.ts'
import { leadTo } from './door.ts'
import { actorOf, createOwnAccounts } from './own-accounts.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'
import { formFields, readDetailsForm } from './read-details-form.ts'

type DetailsDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'people' | 'activity' | 'record' | 'undo' | 'wakePerson' | 'wakeAccount'
> & {
  /** Sends the code to a new address and shows where to enter it. */
  beginAddressChange: (ctx: PortalContext, person: Person, email: string) => Promise<void>
}

/** Changing where one lives in law, or how old one is, needs the proof anew, and so does the address that signs in. */
const needProof = ['birthDate', 'country', 'email']
const doneWords = ['saved', 'undone', 'address']
const shownEvents = 20

/** **Details**: the basic details, who changed what when, and the way to take a company's change back (S4-3). */
export const addDetails = (router: PortalRouter, tools: PortalTools, deps: DetailsDeps): void => {
  const { config, accounts, people, activity, record, undo, wakePerson, wakeAccount } = deps
  const { companies } = config.group
  const own = createOwnAccounts(deps)

  const historyOf = async ({ principal, person }: Signed) => {
    const holder: Holder = principal
    const events = await activity.listFor(holder, { limit: shownEvents, kinds: detailKinds })
    const ops = events.filter(({ by }) => by === 'company' || by === 'support').flatMap(({ op }) => op ?? [])
    const open = person ? await undo.offered(person, ops) : []
    return events.map((event) => ({
      ...event,
      companyName: nameOf(event),
      undoable: event.op !== undefined && open.includes(event.op),
    }))
  }

  const nameOf = ({ company }: ShownEvent) => (company && companies.get(company)?.name) ?? ''

  const showDetails = async (
    ctx: PortalContext,
    signed: Signed,
    { form, problems = {}, status = 200 }: { form?: Filled; problems?: Problems; status?: number } = {},
  ) => {
    const { person, account } = signed
    const details: Details = person ? detailsOf(person) : account.copy
    const contact = details.email ?? null
    const linked = person ? await own.live(signed) : []
    tools.show(
      ctx,
      signed,
      'details',
      'portal/details',
      {
        fields: formFields(details, person ? versionsOf(person) : {}, form),
        fixed: person ? [] : ['email', 'birthDate'],
        signsIn: person ? signInAddresses(person) : [account.signIn?.address ?? ''],
        offered: person && contact && !isProven(person, contact) ? contact : null,
        companies: linked.flatMap(({ company }) => companies.get(company)?.name ?? []),
        history: await historyOf(signed),
        done: doneWords.find((word) => word === ctx.query.done) ?? null,
        problems,
      },
      status,
    )
  }

  const save = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const { changes, problems } = readDetailsForm(form)
    if (Object.keys(problems).length > 0) return showDetails(ctx, signed, { form, problems, status: 400 })
    if (changes.some(({ field }) => needProof.includes(field)) && !(await tools.isProven(ctx, signed, form))) return
    try {
      if (signed.person) return await savePerson(ctx, signed, signed.person, changes)
      await saveAccount(signed, changes)
    } catch (error) {
      const refused = problemsOf(error)
      if (!refused) throw error
      const fresh = signed.person ? { ...signed, person: await again(signed.person) } : signed
      return showDetails(ctx, fresh as Signed, { form, problems: refused, status: 409 })
    }
    leadTo(ctx, 'details', 'saved')
  }

  const again = async ({ _id }: Person): Promise<Person> => {
    const person = await people.get(_id)
    if (!person) throw new AppError('not-found', 'person-not-found')
    return person
  }

  /** The highest that any of their companies asks: nobody gets across it by a correction (S11). */
  const minimumAgeOf = (held: Account[]): number =>
    Math.max(16, ...held.map(({ company }) => companies.get(company)?.minimumAge ?? 16))

  /** A proven address is taken at once; any other moves, with the sign-in, only after its code. */
  const savePerson = async (
    ctx: PortalContext,
    signed: Signed,
    person: Person,
    changes: DetailChange[],
  ): Promise<void> => {
    const email = changes.find(({ field, value }) => field === 'email' && !isProven(person, value))?.value
    const atOnce = changes.filter(({ field, value }) => field !== 'email' || value !== email)
    if (atOnce.length > 0) {
      const changed = await changeOwnDetails(people, person._id, atOnce, {
        minimumAge: minimumAgeOf(await own.live(signed)),
      })
      await record.person(changed, changed.log)
      wakePerson(person._id)
    }
    if (email) return deps.beginAddressChange(ctx, person, email)
    leadTo(ctx, 'details', 'saved')
  }

  /** A separate account's details are that company's alone: its own line and its copy are one (model M7). */
  const saveAccount = async (signed: Signed, changes: DetailChange[]): Promise<void> => {
    if (!signed.account) return
    const free = changes.filter(({ field }) => field !== 'email' && field !== 'birthDate')
    const op = randomId()
    const changed = await accounts.change(signed.account._id, (seen) => {
      if (seen.link || seen.status !== 'open') throw new AppError('conflict', 'not-open')
      const wanted = free.filter(({ field, value }) => (seen.copy[field] ?? null) !== value)
      if (wanted.length === 0) return undefined
      const set: Record<string, unknown> = { seq: seen.seq + 1 }
      for (const { field, value } of wanted) {
        set[`own.${field}`] = value
        set[`copy.${field}`] = value
      }
      const fields = wanted.map(({ field }) => field)
      return {
        set,
        log: [{ op, kind: 'company-wrote', at: now(), actor: actorOf(signed), epoch: seen.epoch, fields }],
      }
    })
    if (!changed) return
    await record.account(changed, changed.log)
    wakeAccount(changed._id)
  }

  const takeBack = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    if (!signed.person) throw new AppError('not-found', 'nothing-to-undo')
    await undo.takeBack(signed.person._id, form.op ?? '')
    wakePerson(signed.person._id)
    leadTo(ctx, 'details', 'undone')
  }

  router.get(
    '/account/details',
    tools.signedIn((ctx, signed) => showDetails(ctx, signed)),
  )
  router.post('/account/details', tools.submitted(save))
  router.post('/account/details/undo', tools.submitted(takeBack))
}
