import { iso } from '../lib/clock.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import { type Choose, objections, type Receipt } from '../preferences/index.ts'
import type { Row } from './archive-schema.ts'
import { isMeant, type Of } from './asked.ts'

type Decided = { holder: string } & Awaited<ReturnType<Choose['of']>>

/** What holds of every company at once is in each one's part: it names none. */
const isOfAllOrMeant = (of: Of, company: string | undefined): boolean => company === undefined || isMeant(of, company)

const yesOrNo = (yes: boolean) => (yes ? 'yes' : 'no')

/** What somebody decided about messages and use, as it stands. */
export const choicesIn = ({ holder, preferences }: Decided, of: Of): Row<'choices'>[] => {
  const { choices, groupNews, objections: raised } = preferences
  const marketing = choices.map(
    ({ account, channel, yes, at, policyVersion }): Row<'choices'> => ({
      provenance: 'provided',
      holder,
      company: account.slice(0, account.indexOf(':')),
      purpose: 'marketing',
      channel,
      answer: yesOrNo(yes),
      decidedAt: iso(at),
      policyVersion,
    }),
  )
  const news: Row<'choices'>[] = groupNews
    ? [
        {
          provenance: 'provided',
          holder,
          purpose: 'group-news',
          answer: yesOrNo(groupNews.yes),
          decidedAt: iso(groupNews.at),
        },
      ]
    : []
  const objected = objections.flatMap((purpose): Row<'choices'>[] => {
    const { at = 0, lifted = 0 } = raised[purpose] ?? {}
    if (at === 0 && lifted === 0) return []
    const answer = lifted < at ? 'objected' : 'lifted'
    return [{ provenance: 'provided', holder, purpose, answer, decidedAt: iso(Math.max(at, lifted)) }]
  })
  return [...marketing, ...news, ...objected].filter(({ company }) => isOfAllOrMeant(of, company))
}

/** Each decision as it was written down, newest first. */
export const receiptsIn = ({ holder, receipts }: Decided, of: Of): Row<'receipts'>[] =>
  receipts.flatMap((receipt) => {
    const { at, by, n, made } = receipt
    const provenance = by === 'page' || by === 'letter' ? 'provided' : 'observed'
    const common = { provenance, holder, at: iso(at), by, number: String(n) } as const
    if (made.length === 0) return [common]
    return made.map((each) => ({ ...common, ...said(each) })).filter(({ company }) => isOfAllOrMeant(of, company))
  })

const said = (
  made: Receipt['made'][number],
): Pick<Row<'receipts'>, 'company' | 'purpose' | 'channel' | 'answer' | 'policyVersion'> => {
  if (made.kind === 'objection') return { purpose: made.objection, answer: made.stands ? 'objected' : 'lifted' }
  if (made.kind === 'group-news') return { purpose: 'group-news', answer: yesOrNo(made.yes) }
  const { company, channel, yes, policyVersion } = made
  return omitUndefined({ company, purpose: 'marketing', channel, answer: yesOrNo(yes), policyVersion })
}
