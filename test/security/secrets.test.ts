import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

/** Everything that the store holds, as whoever copies it would read it. */
const dump = async (app: TestApp): Promise<string> => {
  const { connection } = app.database
  const names = [...connection.declared.keys()]
  const all = await Promise.all(names.map((name) => connection.collection(name).find({}).toArray()))
  return JSON.stringify(Object.fromEntries(names.map((name, i) => [name, all[i]])))
}

describe('what is kept, and what is said, gives nothing away (§3, §8)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('a copy of the store signs nobody in: no password, code, handle, token or client secret is readable in it', async () => {
    const password = 'seven lanterns over the harbour'
    const person = await app.aPerson({ password, links: ['mobile', 'games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const token = await app.companyToken('games')
    const { registration } = app.features
    const details = { email: 'begun@mail.example', givenName: 'Be', familyName: 'Gun' }
    const handle = await registration.begin({ details, password, language: 'en', company: 'Games' })
    const code = await app.code('begun@mail.example')
    await app.features.mailer.mailbox?.clear()
    const session = visitor.cookie('localhost', `session-${app.config.port}`) ?? ''
    assert.ok(session && code && handle)
    const stored = await dump(app)
    for (const [what, secret] of Object.entries({ password, token, handle, code, session }))
      assert.ok(!stored.includes(secret), `the store holds a ${what}`)
    assert.match(stored, /\$argon2id\$/)
  })

  it('an error page repeats nothing of what was asked', async () => {
    const visitor = aVisitor(app.issuer)
    const marked = '%3Cscript%3Ealert(1)%3C/script%3E'
    for (const path of [
      `/nowhere/${marked}`,
      `/auth?client_id=${marked}`,
      `/undo/${marked}`,
      `/privacy/${marked}`,
      `/session/end?post_logout_redirect_uri=${marked}`,
    ]) {
      const page = await visitor.page(path)
      assert.ok(page.status >= 400, path)
      assert.ok(!page.text.includes('<script>alert'), path)
      assert.equal(page.headers.get('cache-control'), 'no-store', path)
      assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/, path)
    }
  })

  it('a wrong password answers the same for a known and an unknown address, after the same work (T19)', async () => {
    const person = await app.aPerson()
    const answers: { text: string; verifications: number }[] = []
    for (const email of [person.email, 'nobody.at.all@mail.example']) {
      const visitor = aVisitor(app.issuer)
      const page = await visitor.follow(`${app.issuer}/account`, () => false)
      const before = app.features.passwords.verifications()
      const answer = await visitor.submit(page.url, { csrf: tokenOf(page), email, password: 'not it, not at all' })
      assert.equal(answer.again, true)
      const text = answer.text.replaceAll(email, 'ADDRESS').replaceAll(/[\w-]{22,}/g, 'ID')
      answers.push({ text, verifications: app.features.passwords.verifications() - before })
    }
    assert.deepEqual(answers[0], answers[1])
  })
})
