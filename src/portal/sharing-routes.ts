import type { z } from 'zod'
import type { Disclosure } from '../disclosures/index.ts'
import { asFile, csvOf, fields, type Route, seeOther } from '../http/index.ts'
import { iso } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { mayAgree } from './access-rules.ts'
import type { PortalDeps } from './portal-deps.ts'
import { atCompany } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { linkName } from './sharing-choices.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type SharingDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'disclosures' | 'share'>

const acted = fields.form({ link: fields.text(40) })
const chosen = fields.openForm(
  { link: fields.text(40), which: fields.oneOf(['ticked', 'all', 'none']) },
  ['purpose.', 'was.'],
  10,
)
const rowsAtOnce = 200

/** Acts of **Sharing**: what a company gets, purpose by purpose; paused and resumed; and the ledger, to take along. */
export const sharingRoutes = (tools: PortalTools, deps: SharingDeps): Route[] => {
  const { config, links, disclosures, share } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)

  /** AppError `link-changed` (conflict): the page was about a link that is no more. */
  const linkedAt = async (signed: Signed, at: string, form: Form) => {
    const { account, company } = await visible.at(signed, at, mayAgree)
    if (!account.link || linkName(account) !== form.link) throw new AppError('conflict', 'link-changed')
    return { account, company, by: { link: account.link.id, actor: signed.principal.actor } }
  }

  const choose = async (
    ctx: PortalContext,
    signed: Signed,
    at: string,
    form: Form & Pick<z.output<typeof chosen>, 'which'>,
  ): Promise<void> => {
    const { account, company, by } = await linkedAt(signed, at, form)
    const shown = Object.keys(form).flatMap((name) => (name.startsWith('was.') ? [name.slice('was.'.length)] : []))
    const ticked = shown.filter((id) => form[`purpose.${id}`] === 'on')
    // What another window chose since is not chosen back by what this one left as it was (M10).
    const changed = shown.filter((id) => ticked.includes(id) !== (form[`was.${id}`] === 'on'))
    const purposes = {
      ticked: { allowed: ticked, about: changed },
      all: { allowed: shown, about: shown },
      none: { allowed: [], about: shown },
    }
    await share.choose(account._id, company, by, purposes[form.which])
    tools.choseHere(ctx, signed)
    seeOther(ctx, '/account/sharing')
  }

  /** Every telling of all their accounts, newest first; what it was about is names of details, never what they are. */
  async function* ledger({ principal }: Signed): AsyncGenerator<Disclosure> {
    const accounts = await links.accountsEverOf(principal.id)
    for (let before: string | undefined; ; ) {
      const page = await disclosures.ofHolder(principal.id, accounts, {
        limit: rowsAtOnce,
        ...(before && { before }),
      })
      yield* page.rows
      if (page.older === undefined) return
      before = page.older
    }
  }

  const entryOf = (told: Disclosure) => ({
    at: iso(told.at),
    company: companies.get(told.company)?.legalName ?? told.company,
    recipient: told.recipient === '-' ? '' : told.recipient,
    details: told.fields,
    withdrawn: told.withdrawn,
    purpose: told.purpose?.en ?? '',
    basis: told.basis ?? '',
    policyVersion: told.policyVersion ?? '',
    outcome: told.outcome,
    outcomeAt: told.outcomeAt === undefined ? '' : iso(told.outcomeAt),
    notice: told.notice ?? '',
  })

  const entries = async (signed: Signed) => {
    const all: ReturnType<typeof entryOf>[] = []
    for await (const told of ledger(signed)) all.push(entryOf(told))
    return all
  }

  return [
    row({
      method: 'POST',
      path: '/account/sharing/:company',
      right: 'signed in',
      params: atCompany,
      form: chosen,
      handler: (ctx, signed, { params, form }) => choose(ctx, signed, params.company, form),
    }),
    ...(['pause', 'resume'] as const).map((act) =>
      row({
        method: 'POST',
        path: `/account/sharing/:company/${act}`,
        right: 'signed in',
        params: atCompany,
        form: acted,
        handler: async (ctx, signed, { params, form }: { params: z.output<typeof atCompany>; form: Form }) => {
          const { account, by } = await linkedAt(signed, params.company, form)
          await share[act](account._id, by)
          tools.choseHere(ctx, signed)
          seeOther(ctx, '/account/sharing')
        },
      }),
    ),
    row({
      method: 'GET',
      path: '/account/sharing/ledger.json',
      right: 'signed in',
      handler: async (ctx, signed) =>
        asFile(ctx, 'application/json', 'sharing.json', `${JSON.stringify(await entries(signed), null, 1)}\n`),
    }),
    row({
      method: 'GET',
      path: '/account/sharing/ledger.csv',
      right: 'signed in',
      handler: async (ctx, signed) =>
        asFile(ctx, 'text/csv; charset=utf-8', 'sharing.csv', csvOf(columns, await entries(signed))),
    }),
  ]
}

const columns = [
  'at',
  'company',
  'recipient',
  'details',
  'withdrawn',
  'purpose',
  'basis',
  'policyVersion',
  'outcome',
  'outcomeAt',
  'notice',
] as const
