import { inLanguage, showController } from '../companies/index.ts'
import type { Disclosure } from '../disclosures/index.ts'
import { countryOf, createOwnAccounts } from './own-accounts.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'

type HistoryDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'activity' | 'disclosures' | 'record'>

const shownTellings = 200
const shownLetters = 50
const shownLooks = 50

/** **Sharing**, **Messages** and **Requests**: what went where and why, what was written, and whom one turns to. */
export const addHistories = (router: PortalRouter, tools: PortalTools, deps: HistoryDeps): void => {
  const { config, links, activity, disclosures, record } = deps
  const { companies, services, partners, operator } = config.group
  const own = createOwnAccounts(deps)

  const recipientOf = ({ recipient, partner }: Disclosure): string =>
    (partner ? partners.get(recipient)?.legalName : services.get(recipient)?.name) ?? ''

  const presentTelling = (row: Disclosure, { page }: PortalContext) => ({
    recipient: recipientOf(row),
    partner: row.partner === true,
    fields: row.fields,
    withdrawn: row.withdrawn,
    at: row.at,
    outcome: row.outcome,
    outcomeAt: row.outcomeAt,
    purpose: row.purpose ? inLanguage(row.purpose, page.language) : '',
    basis: row.basis,
    policyVersion: row.policyVersion ?? '',
  })

  const showSharing = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await Promise.all((await own.all(signed)).map((account) => record.account(account, account.log)))
    const rows =
      signed.principal.kind === 'person'
        ? await disclosures.ofPerson(
            signed.principal.person,
            await links.accountsEverOf(signed.principal.person),
            shownTellings,
          )
        : []
    const looks = await activity.listFor(signed.principal, { limit: shownLooks, kinds: ['support-act'] })
    const [told, looked] = [
      Map.groupBy(rows, ({ company }) => company),
      Map.groupBy(looks, ({ company }) => company ?? ''),
    ]
    const shown = [...new Set([...told.keys(), ...looked.keys()])].flatMap((id) => {
      const company = companies.get(id)
      if (!company) return []
      const { legalName, name, country, transfer } = company
      const rowsHere = (told.get(id) ?? []).map((row) => presentTelling(row, ctx))
      return [{ id, legalName, name, country, transfer, told: rowsHere, looks: looked.get(id) ?? [] }]
    })
    tools.show(ctx, signed, 'sharing', 'portal/sharing', { companies: shown })
  }

  const showMessages = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const letters = await activity.listFor(signed.principal, { limit: shownLetters, kinds: ['written-to'] })
    tools.show(ctx, signed, 'messages', 'portal/messages', {
      letters: letters.flatMap(({ at, mail }) => (mail ? [{ at, mail }] : [])),
    })
  }

  const showRequests = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const held = await own.all(signed)
    const country = countryOf(signed)
    const controllers = held.flatMap(({ company, subject }) => {
      const declared = companies.get(company)
      return declared ? [{ ...showController(declared, ctx.page.language, country), subject }] : []
    })
    tools.show(ctx, signed, 'requests', 'portal/requests', {
      controllers,
      runBy: showController(operator, ctx.page.language, country),
      arrangement: { kind: operator.arrangement.kind, text: inLanguage(operator.arrangement.text, ctx.page.language) },
    })
  }

  router.get('/account/sharing', tools.signedIn(showSharing))
  router.get('/account/messages', tools.signedIn(showMessages))
  router.get('/account/requests', tools.signedIn(showRequests))
}
