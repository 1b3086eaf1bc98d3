import { z } from 'zod'
import { inLanguage } from '../companies/index.ts'
import { detailNames } from '../details/index.ts'
import type { Disclosure } from '../disclosures/index.ts'
import type { Route } from '../http/index.ts'
import { createHolderEvents, cursor, olderBy } from './holder-events.ts'
import { holdings } from './holdings.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { sharingChoices } from './sharing-choices.ts'
import { createSupportCases } from './support-cases.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type HistoryDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'activity' | 'consents' | 'disclosures' | 'record' | 'approvals'
>

/** A page of each; what is older is one click away, nothing is cut in silence (U6). */
const shownDisclosures = 100
const shownLooks = 50
const looksBack = 200

const cursors = z.object({ before: cursor, looks: cursor })
type Cursors = z.output<typeof cursors>

/** **Sharing**: what went where and why. */
export const historyRoutes = (tools: PortalTools, deps: HistoryDeps): Route[] => {
  const { config, links, activity, disclosures, record } = deps
  const { companies, services, partners } = config.group
  const visible = createVisibleAccounts(deps)
  const byCase = createSupportCases(deps)
  const holderEvents = createHolderEvents(deps)

  const recipientOf = ({ recipient, partner }: Disclosure): string =>
    (partner ? partners.get(recipient)?.legalName : services.get(recipient)?.name) ?? ''

  const presentDisclosure = (row: Disclosure, { page }: PortalContext) => ({
    company: companies.get(row.company),
    recipient: recipientOf(row),
    partner: row.partner === true,
    notice: row.notice,
    fields: row.fields,
    withdrawn: row.withdrawn,
    at: row.at,
    outcome: row.outcome,
    outcomeAt: row.outcomeAt,
    purpose: row.purpose ? inLanguage(row.purpose, page.language) : '',
    basis: row.basis,
    policyVersion: row.policyVersion ?? '',
  })

  /** What each company, and each partner's application, holds now: since when, from whom, under what and where (U6). */
  const heldNow = async (ctx: PortalContext, signed: Signed) => {
    const { language } = ctx.page
    const live = await visible.live(signed)
    const given = await activity.listFor(signed.principal.id, { limit: looksBack, kinds: ['linked', 'agreed'] })
    const columns = await Promise.all(
      live.flatMap((account) => {
        const company = companies.get(account.company)
        const agreedAt = given.find((event) => event.account === account._id)?.at ?? account.link?.since
        return company ? [holdings({ ...deps, account, company, principal: signed.principal, language, agreedAt })] : []
      }),
    )
    const recipients = columns.flat().sort((a, b) => a.name.localeCompare(b.name, language))
    const fields = detailNames.filter((field) => recipients.some(({ held }) => held[field]))
    return { recipients, fields }
  }

  const showSharing = async (ctx: PortalContext, signed: Signed, query: Cursors): Promise<void> => {
    await Promise.all((await visible.all(signed)).map((account) => record.account(account, account.log)))
    const { before } = query
    const { id } = signed.principal
    const { rows, older } = await disclosures.ofHolder(id, await links.accountsEverOf(id), {
      limit: shownDisclosures,
      ...(before && { before }),
    })
    const looks = await holderEvents(ctx, signed, {
      name: 'looks',
      cursor: query.looks,
      limit: shownLooks,
      list: 'support',
    })
    const cases = (await byCase(signed, looks.events)).map((entry) => ({
      entry,
      company: companies.get(entry.company ?? '')?.name ?? '',
    }))
    tools.show(ctx, signed, 'sharing', 'portal/sharing', {
      now: await heldNow(ctx, signed),
      choices: (await visible.live(signed)).flatMap((account) => {
        const company = companies.get(account.company)
        return (company && sharingChoices(account, company, ctx.page.language)) ?? []
      }),
      // Of a company that is no more there is nobody to name.
      diary: rows.map((row) => presentDisclosure(row, ctx)).filter(({ company }) => company !== undefined),
      cases,
      older: olderBy(ctx, 'before', older),
      olderLooks: looks.older,
      isOlder: before !== undefined || query.looks !== undefined,
    })
  }

  return [
    row({
      method: 'GET',
      path: '/account/sharing',
      right: 'signed in',
      query: cursors,
      handler: (ctx, signed, { query }) => showSharing(ctx, signed, query),
    }),
  ]
}
