import assert from 'node:assert/strict'
import type { TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { restored } from '../world/restored.ts'
import { aVisitor } from '../world/visitor.ts'

describe('a refusal, and a pause after it, that a backup does not know (S4-4, G7, M15)', function () {
  this.timeout(60_000)
  type Person = Awaited<ReturnType<TestApp['aPerson']>>
  const chosenBy = async (app: TestApp, { id, accounts }: Person) => ({
    link: (await app.account(accounts.games ?? '')).link?.id ?? '',
    actor: { kind: 'person', id } as const,
  })
  const refuse = async (app: TestApp, person: Person) =>
    app.features.share.choose(
      person.accounts.games ?? '',
      app.config.group.companies.get('games')!,
      await chosenBy(app, person),
      { allowed: [] },
    )
  const pause = async (app: TestApp, person: Person) =>
    app.features.share.pause(person.accounts.games ?? '', await chosenBy(app, person))
  const resume = async (app: TestApp, person: Person) =>
    app.features.share.resume(person.accounts.games ?? '', await chosenBy(app, person))

  interface Told {
    claims?: Record<string, unknown>
    withdrawn?: string[]
  }
  const toldTo = (app: TestApp): Told[] =>
    app.told
      .filter(({ service, kind }) => service === 'games-arcade' && kind === 'events')
      .flatMap(({ payload }) => Object.values(payload.events as Record<string, Told>))
      .filter(({ claims }) => claims !== undefined)

  for (const [title, earlier, later] of [
    ['refused and paused since', [], [refuse, pause]],
    ['paused before, refused since', [pause], [refuse]],
  ] as const)
    it(`S4-4: ${title}: not in the stored copy, told as withdrawn though it is paused, and *Resume* brings none of it back`, async () => {
      await restored(
        async (app) => {
          const person = await app.aPerson({ links: ['games', 'mobile'] })
          for (const act of earlier) await act(app, person)
          await app.settled()
          return person
        },
        async (app, person) => {
          for (const act of later) await act(app, person)
        },
        async (app, person) => {
          const account = await app.account(person.accounts.games ?? '')
          assert.deepEqual([account.copy, typeof account.link?.paused], [{}, 'number'])
          const told = toldTo(app)
          assert.deepEqual(told.at(-1)?.claims, {})
          assert.ok((told.at(-1)?.withdrawn ?? []).includes('givenName'), JSON.stringify(told))
          const mobile = await app.account(person.accounts.mobile ?? '')
          assert.equal(mobile.copy.givenName, 'Ada', 'the other company’s stands')
          const visitor = aVisitor(app.issuer)
          await visitor.signIn(person)
          assert.match(readable(await visitor.page('/account/sharing')), /you refused it/)
          await resume(app, person)
          await app.settled()
          assert.deepEqual((await app.account(account._id)).copy, {})
          assert.deepEqual(toldTo(app).at(-1)?.claims, {})
        },
      )
    })
})
