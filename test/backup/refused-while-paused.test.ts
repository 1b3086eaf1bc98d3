import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restoreBackup, takeBackup } from '../../src/backup/index.ts'
import { openDatabase, sealBackupFile } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const secretKeys = [new Uint8Array(32).fill(7)]

describe('a refusal, and a pause after it, that a backup does not know (S4-4, G7, M15)', function () {
  this.timeout(60_000)
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'refused-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** What happens before and after a backup, and the product as it was brought back from it. */
  const restored = async <Made>(
    name: string,
    earlier: (app: TestApp) => Promise<Made>,
    later: (app: TestApp, made: Made) => Promise<void>,
    look: (app: TestApp, made: Made) => Promise<void>,
  ): Promise<void> => {
    const [journalDir, path] = [join(folder, name, 'journal'), join(folder, `${name}.backup`)]
    const database = await openDatabase({ dataDir: join(folder, name, 'one') })
    const first = await aTestApp({ database, config: { journalDir } })
    const made = await earlier(first)
    await takeBackup({ database, journal: first.features.journal, journalDir }, `${path}.partial`)
    await sealBackupFile(`${path}.partial`, path)
    await later(first, made)
    await first.close()
    await database.close()
    const place = await openDatabase({ dataDir: join(folder, name, 'two') })
    await restoreBackup({ database: place, secretKeys, journalDir }, { path, withoutJournal: false })
    const second = await aTestApp({ database: place, config: { journalDir } })
    await second.settled()
    await look(second, made)
    await second.close()
    await place.close()
  }

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
      [],
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
        title.replaceAll(/\W/g, ''),
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
