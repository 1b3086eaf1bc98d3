import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { type Language, languages } from '../../src/i18n/index.ts'
import { mailKinds } from '../../src/mail/index.ts'
import { routesIn } from '../security/routes.ts'
import { aTestApp } from '../world/app.ts'
import { accessibilityProblems, openWindow, overflows } from '../world/chromium.ts'
import { aStage } from '../world/journey.ts'
import { letter } from '../world/letters.ts'
import type { Product } from '../world/product.ts'
import { walkEveryPage } from './every-page.ts'
import { demoPerson } from './walk.ts'

/** 1280 pixels at 400 % (WCAG 1.4.10). */
const narrowest = { width: 320, height: 640 }
/** Most phones: where a menu has as many columns as it can. */
const phone = { width: 390, height: 800 }
const desk = { width: 1280, height: 800 }

/** The first colours at a desk, the other ones on the phone, so that each language is seen in both and both in each size. */
const walks = [
  { language: 'en', name: 'Maja', colours: ['light', 'dark'] },
  { language: 'sv', name: 'Anna-Kristina', colours: ['dark', 'light'] },
  { language: 'ja', name: 'Akiko', colours: ['light', 'dark'] },
] as const
type Walk = (typeof walks)[number]

/** Addresses that show no page of their own, and why nobody is walked to them. */
const pageless: Record<string, string> = {
  '/sign-in/:uid/*step': 'answers a form; a reload is led to where one stands',
  '/sign-in/:uid/offer/fresh': 'the page of existing/fresh, for another way on',
  '/sign-in/:uid/offer/fresh-make': 'the page of existing/fresh, for another way on',
  '/': 'leads to the account pages',
  '/.well-known/change-password': 'leads to the password page',
  '/console': 'leads to what the role is for',
  '/console/audit.jsonl': 'a file',
  '/console/audit-head.jwt': 'a file',
  '/console/statistics.json': 'a file',
  '/console/statistics.csv': 'a file',
  '/account/sharing/ledger.json': 'a file',
  '/account/sharing/ledger.csv': 'a file',
  '/account/requests/archive/:archive': 'a file',
  '/archives/:address': 'a file',
  '/schemas/archive.json': 'a file',
  '/.well-known/security.txt': 'a file',
}

/** An address of the table, whatever stands for its names. */
const isAt = (route: string) => {
  const pattern = new RegExp(`^${route.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`)
  return (path: string): boolean => pattern.test(path)
}

describe('every page that exists, in a real browser @embedded', function () {
  this.timeout(1_500_000)
  let product: Product
  let browser: Browser
  aStage((at) => ({ product, browser } = at))

  /** A service speaks what somebody chose there. */
  const open = async ({ language }: { language: Language }) => {
    const window = await openWindow(browser, { language, still: true })
    const { companies, partners } = product.demo
    for (const { url } of [...companies.flatMap(({ services }) => services), ...partners])
      await window.request.get(`${url}/?lang=${language}`)
    return window
  }

  const signedInEarlier = async (walk: Walk): Promise<Page> => {
    const { email, password } = demoPerson(product, ['pictures'])
    const page = await (await open(walk)).newPage()
    await page.goto(`${product.issuer}/account/services`)
    await page.locator('[name=email]').fill(email)
    await page.locator('[name=password]').fill(password)
    await page.locator('#sign-in').click()
    await page.waitForURL(/\/account\//)
    return page
  }

  const look = async (page: Page, { language, colours }: Walk): Promise<string[]> => {
    const isOurs = page.url().startsWith(product.issuer)
    const spoken = await page.locator('html').getAttribute('lang')
    const found = spoken === language ? [] : [`is in ${spoken}`]
    await page.setViewportSize(desk)
    await page.emulateMedia({ colorScheme: colours[0] })
    found.push(...(await accessibilityProblems(page)))
    if (isOurs)
      found.push(
        ...(await tooWide(page)),
        ...(await misplacedFocus(page)),
        ...(await severalPrimary(page)),
        ...(await uneven(page)),
      )
    if (await overflows(page)) found.push(`is wider than ${desk.width} pixels`)
    await page.setViewportSize(narrowest)
    await page.emulateMedia({ colorScheme: colours[1] })
    found.push(...(await accessibilityProblems(page)), ...(await tooSmall(page)))
    if (await overflows(page)) found.push(`is wider than ${narrowest.width} pixels`)
    if (isOurs) {
      found.push(...(await cramped(page)), ...(await torn(page)), ...(await uneven(page)), ...(await spilling(page)))
      await page.emulateMedia({ forcedColors: 'active' })
      found.push(...(await edgeless(page)))
      await page.emulateMedia({ forcedColors: 'none' })
      await page.setViewportSize(phone)
      found.push(...(await uneven(page)), ...(await spilling(page)))
    }
    return found
  }

  it('U19: reads well in three languages, light and dark, at a desk and on the narrowest phone; axe finds nothing', async () => {
    const problems: string[] = []
    const opened = new Set<string>()
    const earlier = await Promise.all(walks.map(signedInEarlier))
    await product.post('/dev/clock', { advance: 'PT16M' })
    await Promise.all(
      walks.map((walk, i) =>
        walkEveryPage({
          product,
          name: walk.name,
          earlier: earlier[i] as Page,
          open: () => open(walk),
          at: async (where, page) => {
            const { origin, pathname } = new URL(page.url())
            if (origin === product.issuer) opened.add(pathname)
            for (const problem of await look(page, walk)) problems.push(`${walk.language} ${where} ${problem}`)
          },
        }),
      ),
    )
    assert.deepEqual(problems, [])
    const pages = await everyPage()
    const unopened = pages.filter((route) => !pageless[route] && ![...opened].some(isAt(route)))
    assert.deepEqual(unopened, [], 'a page that the walk does not know')
    assert.deepEqual(
      Object.keys(pageless).filter((route) => !pages.includes(route)),
      [],
      'is no more',
    )
  })

  it('letters read as well, and fetch nothing from anywhere', async () => {
    const problems: string[] = []
    for (const language of languages) {
      const page = await (await open({ language })).newPage()
      page.on('request', (request) => problems.push(`${language} fetches ${request.url()}`))
      await page.setContent(allLetters(language))
      for (const colorScheme of ['light', 'dark'] as const)
        for (const size of [desk, narrowest]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize(size)
          const found = [...(await accessibilityProblems(page)), ...(await tooSmall(page))]
          if (await overflows(page)) found.push('is wider than the window')
          problems.push(...found.map((problem) => `${language} ${colorScheme} ${size.width} ${problem}`))
        }
    }
    assert.deepEqual(problems, [])
  })
})

/** As the entry points declare them: a new one is asked for by itself. */
const everyPage = async (): Promise<string[]> => {
  const app = await aTestApp()
  const routes = (['sign-in', 'portal', 'console'] as const).flatMap((room) => routesIn(app, room))
  await app.close()
  return routes.flatMap(({ method, path }) => (method === 'GET' ? [path] : []))
}

/** One under the other, as a mail program shows them on its page. */
const allLetters = (language: Language): string => {
  const letters = mailKinds.map((kind) => letter(kind, language).html)
  const bodies = letters.map((html) => /<body>(.*)<\/body>/s.exec(html)?.[1])
  return (letters[0] ?? '').replace(/<body>.*<\/body>/s, `<body><main>${bodies.join('')}</main></body>`)
}

/** What a thumb would miss: less than 44 pixels high (WCAG 2.5.5). *Show* lies in a field that is as high. */
const tooSmall = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('button:not(.show), .button, select, summary, main input:not([type=hidden], [type=radio], [type=checkbox])')]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
    .map((each) => 'is too low for a thumb: ' + (each.name || each.textContent.trim()))`)

/** Where something is wrong, one stands at the first field that is, or else before what is said of the form; the title says it too. */
const misplacedFocus = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const wrong = document.querySelector('[aria-invalid=true]') ?? document.querySelector('[data-testid=problems]')
    if (!wrong) return []
    const focused = document.activeElement
    return [
      ...(focused === wrong ? [] : ['does not begin at what is wrong, but at ' + (focused.name || focused.tagName)]),
      ...(document.querySelectorAll('[autofocus]').length === 1 ? [] : ['does not say without a script where to begin']),
      ...(/^(Error|Fel|エラー)/.test(document.title) ? [] : ['does not say in its title that something is wrong']),
    ]
  })()`)

/** What is unfolded stands apart, from what unfolds it and from what comes after it; each is unfolded and folded again. */
const cramped = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('main details')].flatMap((each) => {
    const was = each.open
    each.open = true
    const [summary, ...parts] = [...each.children].filter((part) => part.checkVisibility()).map((part) => part.getBoundingClientRect())
    const first = parts[0], last = parts.at(-1)
    const found = first && (first.top - summary.bottom < 8 || each.getBoundingClientRect().bottom - last.bottom < 8)
    each.open = was
    return found ? ['unfolds without space: ' + each.querySelector('summary').textContent.trim()] : []
  })`)

/** One act of a page is the one to take; what is folded away is another matter. */
const severalPrimary = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const main = [...document.querySelectorAll('main button:not(.quiet, .danger, .show), main .button:not(.quiet, .danger)')]
      .filter((each) => each.checkVisibility() && !each.closest('details'))
    return main.length > 1 ? ['has several acts of the first rank: ' + main.map((each) => each.textContent.trim()).join(', ')] : []
  })()`)

/** A short word with a hyphen, the number of a case and either half of an address end no line in their middle; a link may. */
const torn = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode
      if (!node.parentElement.checkVisibility() || node.parentElement.closest('pre, code, select, textarea, button, .unseen')) continue
      for (const { 0: word, index } of node.data.matchAll(/(?<![\\p{L}\\p{N}@._/-])[\\p{L}\\p{N}]{1,12}-[\\p{L}\\p{N}]{1,3}(?![\\p{L}\\p{N}@])|(?<![\\p{L}\\p{N}@._/-])[\\p{L}\\p{N}]{1,3}-[\\p{L}\\p{N}]{1,12}(?![\\p{L}\\p{N}-])/gu)) {
        const range = document.createRange()
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push('tears ' + word)
      }
    }
    return found
  })()`)

/** What can be done about the rows of a list stands in one line, at its one end or its other; fields side by side begin at one height. */
const uneven = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const found = []
    const boxes = (elements) => elements.map((each) => each.getBoundingClientRect())
    const isOne = (values) => Math.max(...values) - Math.min(...values) <= 1
    const called = (each) => each.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40)
    for (const list of document.querySelectorAll('main :is(.lines, .acts)')) {
      const acts = [...list.children].filter((row) => row.children.length > 1).map((row) => row.lastElementChild)
        .filter((each) => each.checkVisibility() && each.querySelector('button, .button'))
      const at = boxes(acts)
      if (at.length > 1 && !isOne(at.map(({ left }) => left)) && !isOne(at.map(({ right }) => right))) found.push('has acts that stand unevenly: ' + acts.map(called).join(', '))
    }
    for (const pair of document.querySelectorAll('main :is(.pair, .search)')) {
      const fields = [...pair.querySelectorAll('input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea, :scope > button')].filter((each) => each.checkVisibility())
      const at = boxes(fields)
      const isBeside = (one, other) => one !== other && one.top < other.bottom && other.top < one.bottom
      at.forEach((one, i) => { if (at.some((other) => isBeside(one, other) && !isOne([one.top, other.top]))) found.push('has fields that begin unevenly: ' + (fields[i].name || called(fields[i]))) })
    }
    return found
  })()`)

/** A menu's words stay in their own places, and those in the page. */
const spilling = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('nav li')].flatMap((entry) => {
    const words = document.createRange()
    words.selectNodeContents(entry)
    const place = entry.getBoundingClientRect(), page = entry.closest('nav').getBoundingClientRect()
    const isIn = ({ left, right }, { left: from, right: to }) => left >= from - 1 && right <= to + 1
    return isIn(place, page) && [...words.getClientRects()].every((each) => isIn(each, place)) ? [] : ['spills out of its place: ' + entry.textContent.trim()]
  })`)

/** Where somebody chose the colours, only an edge tells a button, or a field, from the text around it. */
const edgeless = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('main button, main .button, main .pill, main select, main textarea, main input:not([type=hidden])')]
    .filter((each) => each.checkVisibility() && parseFloat(getComputedStyle(each).borderTopWidth) === 0 && !['radio', 'checkbox'].includes(each.type))
    .map((each) => 'has no edge in forced colours: ' + (each.name || each.textContent.trim()))`)

/** A line longer than some 90 characters is hard to read; a form to fill in is no wider than its fields need. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('body.narrow main, body.wide main')]
    .filter((each) => each.clientWidth > (document.body.className === 'narrow' ? 600 : 1100))
    .map((each) => 'is wider at a desk than it should be: ' + each.clientWidth)`)
