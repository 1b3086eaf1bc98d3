/** What people come to ask, in two clicks from the first page, in each language; no engine decides it, so over HTTP. */
import assert from 'node:assert/strict'
import type { HTMLElement } from 'node-html-parser'
import { type Language, languages } from '../../src/i18n/index.ts'
import { now } from '../../src/lib/clock.ts'
import { words } from '../http/site.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { documentOf, partsOf, wordsIn } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

describe('what people come to ask is answered in two clicks', () => {
  let app: TestApp
  let visitor: Visitor
  before(async () => {
    app = await aTestApp()
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    await visitor.act('/account/details', { givenName: 'Majken' })
    const mobile = await app.account(person.accounts.mobile ?? '')
    await app.features.accounts.change(mobile._id, (seen) => ({
      set: {
        'intents.op7': {
          n: seen.n + 1,
          changes: [{ field: 'familyName', value: 'Lind' }],
          actor: { kind: 'company', company: 'mobile' },
          source: `mobile#${seen.link?.id}`,
          at: now(),
        },
      },
    }))
    await app.features.reconciler.applyWrite(mobile)
    await app.settled()
    const desk = aDesk(app)
    await desk.aProvenCase(await desk.aMember('games', 'support'), person.email)
    await app.settled()
  })
  after(() => app.close())

  const at = (path: string, language: Language) =>
    visitor.page(path.replace(/(#|$)/, `${path.includes('?') ? '&' : '?'}lang=${language}$1`))

  /** The part of a page with this id, or all of its main part. */
  const partAt = (page: { text: string }, id: string): HTMLElement => {
    const main = documentOf(page).querySelector('main')
    const found = id ? main?.querySelector(`#${id}`) : main
    assert.ok(found, `nothing is called ${id}`)
    return id ? ((found.closest('section, form') ?? found) as HTMLElement) : found
  }

  /** The first click: on the question as it is put. */
  const ask = async (name: string, language: Language): Promise<HTMLElement> => {
    const question = words.t(language, `portal.overview.questions.${name}`)
    const link = documentOf(await at('/account', language))
      .querySelectorAll('main a')
      .find((each) => wordsIn(each) === question)
    const href = link?.getAttribute('href')
    assert.ok(href, `${language}: nobody asks "${question}"`)
    const [path = '', id = ''] = href.split('#')
    const page = await at(path, language)
    assert.equal(page.status, 200)
    return partAt(page, id)
  }

  /** The second: on a button of Games' card. */
  const press = async (page: HTMLElement, button: string, language: Language): Promise<string> => {
    const card = page.querySelector('#at-games')?.closest('section')
    const form = card?.querySelectorAll('form').find((each) => wordsIn(each) === words.t(language, button))
    const action = form?.getAttribute('action')
    assert.ok(action && form?.getAttribute('method') === 'get', `no button ${button}`)
    return wordsIn(documentOf(await at(action, language)).querySelector('h1') as HTMLElement)
  }

  const rowsOf = (part: HTMLElement) => part.querySelectorAll('tr').map(wordsIn)

  /** Of each: what stands where it leads. */
  const answers: Record<string, (part: HTMLElement, language: Language) => unknown> = {
    'birth-date': (part, language) => {
      const birth = words.t(language, 'details.birthDate')
      const row = rowsOf(part).find((each) => each.startsWith(birth)) ?? ''
      assert.equal(row.split(words.t(language, 'portal.sharing.from.you', { company: '' })).length, 3, row)
      for (const company of ['Games', 'Mobile']) assert.match(wordsIn(part), new RegExp(company))
    },
    arrived: (part, language) => {
      const said = words.t(language, 'portal.outcomes.acknowledged', { time: '' }).trim()
      const told = partsOf({ text: String(part) }, 'acknowledgement').map(wordsIn)
      assert.ok(told.length >= 4)
      for (const each of told.slice(0, 2)) assert.match(each, new RegExp(said))
    },
    support: (part) => assert.match(wordsIn(part), /Games.*The caller asks why a name is old/),
    close: async (part, language) =>
      assert.equal(
        await press(part, 'portal.services.close', language),
        words.t(language, 'portal.close.title', { company: 'Games' }),
      ),
    unlink: async (part, language) =>
      assert.equal(
        await press(part, 'portal.services.unlink', language),
        words.t(language, 'portal.unlink.title', { company: 'Games' }),
      ),
    source: (part, language) => {
      const [family = ''] = rowsOf(part).filter((each) => each.startsWith(words.t(language, 'details.familyName')))
      assert.match(family, /Lind/)
      assert.ok(family.includes(words.t(language, 'portal.sharing.from.company', { company: 'Mobile' })), family)
    },
    marketing: (part) => {
      const companies = part.querySelectorAll('fieldset legend').map(wordsIn)
      for (const company of ['Games', 'Mobile']) assert.ok(companies.includes(company), company)
    },
    file: (part, language) =>
      assert.ok(part.querySelectorAll('button').map(wordsIn).includes(words.t(language, 'portal.archive.everything'))),
    analytics: (part, language) =>
      assert.ok(
        part.querySelectorAll('button').map(wordsIn).includes(words.t(language, 'portal.choices.object.analytics')),
      ),
    policy: (part, language) => {
      const [games = ''] = rowsOf(part).filter((each) => each.startsWith('Example Games AB'))
      assert.ok(games.includes(words.t(language, 'portal.sharing.policy', { version: '1' })))
      assert.match(games, /\d{4}/, 'the day it was agreed to')
    },
    abroad: (part, language) => {
      const [games = ''] = rowsOf(part).filter((each) => each.startsWith('Example Games AB'))
      assert.ok(games.includes({ en: 'Sweden', sv: 'Sverige', ja: 'スウェーデン' }[language]))
    },
    'signed-in': (part, language) => {
      assert.ok(wordsIn(part).includes(words.t(language, 'portal.events.signed-in')))
      assert.match(wordsIn(part), /Firefox, Linux/)
    },
    responsible: (part) =>
      assert.match(wordsIn(part.querySelector('#at-games')?.closest('section') as HTMLElement), /Example Games AB/),
    complain: (part) => assert.match(wordsIn(part), /Integritetsskyddsmyndigheten/),
  }

  for (const language of languages)
    it(`U19: in ${language}, each leads to the page where its answer or its act stands`, async () => {
      for (const [name, answer] of Object.entries(answers)) await answer(await ask(name, language), language)
    })

  it('U19: no question is put whose answer is not looked at here', async () => {
    const asked = documentOf(await at('/account', 'en'))
      .querySelectorAll('main .way')
      .map(wordsIn)
    const known = Object.keys(answers).map((name) => words.t('en', `portal.overview.questions.${name}`))
    assert.deepEqual(asked.sort(), known.sort())
  })
})
