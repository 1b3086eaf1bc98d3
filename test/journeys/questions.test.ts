/** What people come to ask, by real clicks from the first page, in each language. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { asPerson } from '../../src/accounts/index.ts'
import { createCountries, type Language, languages } from '../../src/i18n/index.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import { marketingOn } from '../../src/preferences/index.ts'
import { words } from '../http/site.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { accessibilityProblems, chromiumPath, openBrowser, openWindow } from '../world/chromium.ts'
import { companyWrote } from '../world/company-wrote.ts'
import { aDesk } from '../world/desk.ts'

const countries = createCountries()

type Asker = Awaited<ReturnType<TestApp['aPerson']>>

/** A question that was clicked on: the page that it led to, and the part of it that it led to. */
interface Asked {
  page: Page
  part: Locator
  person: Asker
  /** Words of the page's language. */
  say: (key: string, values?: Record<string, string>) => string
  /** The second click. */
  click: (what: Locator) => Promise<void>
}

describe('what people come to ask is answered in two clicks, in a real browser', function () {
  this.timeout(240_000)
  let app: TestApp
  let browser: Browser
  let desk: ReturnType<typeof aDesk>
  let supporter: Awaited<ReturnType<typeof desk.aMember>>
  before(async function () {
    if (!chromiumPath) this.skip()
    ;[app, browser] = await Promise.all([aTestApp(), openBrowser()])
    desk = aDesk(app)
    supporter = await desk.aMember('games', 'support')
  })
  after(async () => {
    await browser?.close()
    await app?.close()
  })

  /** Somebody at two companies: they and Mobile changed their name, support of Games looked, and both may send texts. */
  const aBusyPerson = async (): Promise<Asker> => {
    const { features } = app
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    await changeDetails(features.people, person.id, {
      source: byPerson,
      actor: { kind: 'person', id: person.id },
      changes: [{ field: 'givenName', value: 'Majken' }],
    })
    await companyWrote(app, person.accounts.mobile ?? '', 'familyName', 'Lind')
    await features.choose.save(asPerson(person.id), {
      companies: ['mobile', 'games'].map((company) => ({ company, was: [], now: ['text'] })),
      groupNews: { was: false, now: false },
    })
    await desk.aProvenCase(supporter, person.email)
    await app.settled()
    return person
  }

  const textsFrom = async ({ accounts }: Asker, company: string): Promise<boolean> => {
    const inForce = await app.features.choose.choicesOf(await app.account(accounts[company] ?? ''))
    return marketingOn(inForce, 'text').allowed
  }

  const cardOf = (page: Page, company: string) =>
    page.locator('section', { has: page.getByRole('heading', { name: company, exact: true }) })
  const button = (where: Page | Locator, name: string) => where.getByRole('button', { name, exact: true })
  const rowOf = (part: Locator, beginning: string) =>
    part.getByRole('row').filter({ has: part.page().getByRole('rowheader', { name: beginning, exact: true }) })
  const textOf = async (part: Locator): Promise<string> => (await part.textContent()) ?? ''

  /** Of each, in the order of the page: what stands there, and does what is asked for. */
  const answers: Record<string, (asked: Asked) => Promise<void>> = {
    'birth-date': async ({ part, say }) => {
      const held = await rowOf(part, say('details.birthDate')).getByRole('cell').allTextContents()
      assert.equal(held.length, 2)
      for (const each of held) assert.match(each, /\d{4}/, 'since when')
      for (const company of ['Games', 'Mobile']) assert.match(await textOf(part), new RegExp(company))
    },
    arrived: async ({ part, say }) => {
      const told = await part.getByTestId('acknowledgement').allTextContents()
      assert.ok(told.length >= 4)
      const said = say('portal.outcomes.acknowledged', { time: '' }).trim()
      for (const each of told.slice(0, 2)) assert.ok(each.includes(said), each)
    },
    support: async ({ part }) => assert.match(await textOf(part), /Games.*The caller asks why a name is old/s),
    close: async ({ page, say, click }) => {
      await click(button(cardOf(page, 'Games'), say('portal.services.close')))
      assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), say('portal.close.title', games))
    },
    unlink: async ({ page, say, click }) => {
      await click(button(cardOf(page, 'Games'), say('portal.services.unlink')))
      assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), say('portal.unlink.title', games))
    },
    source: async ({ part, say }) => {
      const family = part.getByRole('row').filter({ hasText: say('details.familyName') })
      assert.match(await textOf(family.first()), /Lind/)
      const from = say('portal.sharing.from.company', { company: 'Mobile' })
      assert.ok((await textOf(family.first())).toLowerCase().includes(from.toLowerCase()))
    },
    marketing: async ({ page, part, say, click, person }) => {
      const texts = part
        .getByRole('group', { name: 'Games', exact: true })
        .getByLabel(say('portal.choices.channels.text'))
      await texts.uncheck()
      await click(button(part, say('portal.choices.save')))
      await page.getByTestId('receipt').waitFor()
      assert.equal(await textsFrom(person, 'games'), false)
      assert.equal(await textsFrom(person, 'mobile'), true)
    },
    file: async ({ page, part, say, click }) => {
      const fetched = page.waitForEvent('download')
      await click(button(part, say('portal.archive.everything')))
      assert.match((await fetched).suggestedFilename(), /\.zip$/)
      await page.getByTestId('export').waitFor()
    },
    policy: async ({ part, say }) => {
      const row = await textOf(rowOf(part, 'Example Games AB'))
      assert.ok(row.includes(say('portal.sharing.policy', { version: '1' })), row)
      assert.match(row, /\d{4}/, 'the day it was agreed to')
    },
    abroad: async ({ part, page }) => {
      const country = countries.name(await spokenOn(page), 'SE')
      assert.ok((await textOf(rowOf(part, 'Example Games AB'))).includes(country))
    },
    'signed-in': async ({ part, say }) => {
      assert.ok((await textOf(part)).includes(say('portal.events.signed-in')))
      assert.match(await textOf(part), /, Linux/, 'on which device')
    },
    analytics: async ({ page, part, say, click, person }) => {
      await click(button(part, say('portal.choices.object.analytics')))
      assert.equal(await page.getByTestId('objection').count(), 1)
      const { preferences } = await app.features.choose.of(asPerson(person.id))
      assert.ok(preferences.objections.analytics)
    },
    responsible: async ({ page }) => assert.match(await textOf(cardOf(page, 'Games')), /Example Games AB/),
    complain: async ({ part }) => assert.match(await textOf(part), /Integritetsskyddsmyndigheten/),
  }

  for (const language of languages)
    describe(`in ${language}`, () => {
      let person: Asker
      let window: BrowserContext
      let page: Page
      const looked = new Set<string>()
      const say: Asked['say'] = (key, values) => words.t(language, key, values)
      /** Each page once: in this language, and axe finds nothing. */
      const look = async (): Promise<void> => {
        const { pathname } = new URL(page.url())
        if (looked.has(pathname)) return
        looked.add(pathname)
        assert.equal(await spokenOn(page), language)
        assert.deepEqual(await accessibilityProblems(page), [], pathname)
      }
      before(async () => {
        person = await aBusyPerson()
        window = await openWindow(browser, { language, still: true })
        page = await window.newPage()
        await signIn(page, person)
      })
      after(() => window?.close())

      for (const [i, [name, answer]] of Object.entries(answers).entries()) {
        const question = say(`portal.overview.questions.${name}`)
        it(`U19: question ${i + 1}, “${question}”, is answered, or done, in two clicks from the first page`, async () => {
          let clicks = 0
          const click = async (what: Locator): Promise<void> => {
            clicks += 1
            await what.click()
            await page.waitForLoadState()
            await look()
          }
          await page.goto(`${app.issuer}/account`)
          await look()
          await click(page.getByRole('main').getByRole('link', { name: question, exact: true }))
          const id = new URL(page.url()).hash
          const part = id ? page.locator('section, form').filter({ has: page.locator(id) }) : page.getByRole('main')
          if (id) assert.ok(await isInSight(page.locator(id)), 'what it leads to is not in sight')
          await answer({ page, part, person, say, click })
          assert.ok(clicks <= 2, `it takes ${clicks} clicks`)
        })
      }
    })

  it('U19: no question is put whose answer is not looked at here, and each is numbered as it stands there', async () => {
    const page = await (await openWindow(browser)).newPage()
    await signIn(page, await app.aPerson({ links: ['games'] }))
    const asked = await page.locator('main .way').allInnerTexts()
    assert.deepEqual(
      asked,
      Object.keys(answers).map((name) => words.t('en', `portal.overview.questions.${name}`)),
    )
  })

  const signIn = async (page: Page, { email, password }: Asker): Promise<void> => {
    await page.goto(`${app.issuer}/account`)
    await page.locator('[name=email]').fill(email)
    await page.locator('[name=password]').fill(password)
    await page.locator('#sign-in').click()
    await page.waitForURL(`${app.issuer}/account`)
  }
})

const games = { company: 'Games' }

const spokenOn = async (page: Page): Promise<Language> => (await page.locator('html').getAttribute('lang')) as Language

const isInSight = async (what: Locator): Promise<boolean> => {
  const [box, height] = [await what.boundingBox(), what.page().viewportSize()?.height ?? 0]
  return box !== null && box.y > -1 && box.y + box.height <= height
}
