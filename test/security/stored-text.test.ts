import assert from 'node:assert/strict'
import { type Details, detailNames } from '../../src/details/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { fieldsOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const template = '{{7*7}}<%= 7*7 %>#{7*7}'

/** What has run, or led away, on somebody's page somewhere. */
const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `' onfocus=alert(1) autofocus x='`,
  '" onfocus=alert(1) autofocus x="',
  '<svg/onload=alert(1)>',
  '</textarea></title><script>alert(1)</script>',
  '<a href=//evil.example>click</a>',
  template,
  '{company, select, other {x}} <b>bold</b>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  'javascript:alert(1)',
  '<iframe src=//evil.example>',
]

/** A tag, an attribute or a template of theirs that became one of ours. */
const found = (html: string): string | undefined =>
  /<script>|<img src=x|<svg\/|<a href=\/\/evil|<iframe|<b>bold|href="javascript:/.exec(html)?.[0] ??
  /<[^>]* (onfocus=alert|autofocus x=)/.exec(html.replaceAll(/"[^"]*"/g, '""'))?.[0] ??
  (html.replaceAll('{{7*7}}&lt;%= 7*7 %&gt;#{7*7}', '').includes('7*7') ? 'a template that was run' : undefined)

const interests = {
  id: 'interests',
  type: 'text',
  basis: 'consent',
  label: { en: 'Interests' },
  reason: { en: 'To show you what you like.' },
  required: false,
} as const
const companies = [
  aCompany({ id: 'mobile' }),
  aCompany({ id: 'games', ownFields: [interests] }),
  aCompany({ id: 'pictures' }),
].map((company) => declared(company, [aService(company.id, `${company.id}-site`, `https://${company.id}.example`)]))

const free = detailNames.filter((name) => !['birthDate', 'country', 'email', 'phone', 'postalCode'].includes(name))

describe('what somebody wrote is text wherever it is read (§6, CVE-2024-41953)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp({ config: { companies } as object })
    desk = aDesk(app)
  })
  after(() => app.close())

  /** Every page that links lead to from these. */
  const readAll = async (visitor: Pick<Visitor, 'visit'>, starts: string[], within: RegExp): Promise<Visit[]> => {
    const seen = new Set(starts)
    const waiting = [...starts]
    const pages: Visit[] = []
    while (waiting.length > 0) {
      const page = await visitor.visit(app.issuer + waiting.shift())
      pages.push(page)
      for (const [, to = ''] of page.text.matchAll(/ href="(\/[^"#]*)"/g)) {
        const path = to.replaceAll('&amp;', '&')
        const [bare = ''] = path.split('?')
        if (!within.test(bare) || seen.has(bare)) continue
        seen.add(bare)
        waiting.push(path)
      }
    }
    return pages
  }

  const assertText = (pages: Visit[], what: string) => {
    for (const { url, status, text, headers } of pages) {
      assert.ok(status < 500, `${url} answered ${status}`)
      if (headers.get('content-type')?.startsWith('text/html'))
        assert.equal(found(text), undefined, `${what} at ${url}`)
    }
  }

  /** The city, with a reason. */
  const companyWrites = async (account: string, value: string): Promise<number> => {
    const [company = '', subject = ''] = account.split(':')
    const { status } = await fetch(`${app.issuer}/scim/${company}/Users/${subject}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${await app.companyToken(company)}`,
        'content-type': 'application/scim+json',
        'change-reason': encodeURIComponent(value),
      },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'addresses.locality', value: `${value} there` }],
      }),
    })
    return status
  }

  for (const value of hostile)
    it(`${value} in every field, at every page, in the console and in the letters`, async () => {
      const details = Object.fromEntries(free.map((name) => [name, value])) as Details
      const person = await app.aPerson({ links: ['mobile', 'games'], details })
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      const own = await visitor.send('/account/services/games/own-fields', { 'own.interests': value })
      assert.equal(own.status, 303)
      assert.equal(await companyWrites(person.accounts.games ?? '', value), 200)

      const member = await desk.aMember('games', 'support', 'support-lead', 'administrator')
      const asked = { reference: value.slice(0, 60), reason: value, askedBy: 'person' as const }
      const { _id } = await desk.openCase.open(member, asked)
      await desk.openCase.find(member, _id, person.email)
      await desk.proveCaller.sendCode(member, _id)
      await desk.proveCaller.checkCode(member, _id, await app.code(person.email))
      await desk.proveCaller.askForServices(member, _id)
      await app.settled()

      const pages = await readAll(visitor, ['/account/services'], /^\/account\/(?!sign-out)/)
      assert.ok(pages.length >= 8, `${pages.length} pages`)
      assertText(pages, value)

      const staff = aVisitor(app.issuer)
      const half = await staff.act('/console/sign-in', { email: member._id, password: staffPassword })
      const { csrf = '' } = fieldsOf(half, '/console/sign-in/code')
      await staff.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: totpNow() })
      const read = await readAll(staff, [`/console/cases/${_id.replaceAll(':', '.')}`], /^\/console\/(?!sign-out)/)
      assert.ok(read.length >= 3, `${read.length} pages`)
      assertText(read, value)

      const traveller = aTraveller(app)
      const link = await traveller.act(await traveller.go('pictures-site'), '', asTyped(person))
      assertText([link], value)

      const letters = (await app.features.mailer.mailbox?.list(person.email)) ?? []
      assert.ok(letters.length >= 4)
      for (const { html, subject, kind } of letters) {
        assert.equal(found(html), undefined, `${value} in ${kind}`)
        assert.ok(!/[\r\n]/.test(subject), kind)
      }
    })
})
