import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { journalMarks, openJournal, readJournal } from '../../src/lib/journal.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const fresh = 'four umbrellas in a quiet field'
const key = new Uint8Array(32).fill(3)

describe('the journal of what no backup may undo', () => {
  let folder: string
  let app: TestApp | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'))
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
    rmSync(folder, { recursive: true, force: true })
  })

  const linesIn = (dir: string): string[] =>
    readdirSync(dir).flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').filter(Boolean))

  it('Q15: whatever ends is in it before anybody is answered, and what did not happen is not', async () => {
    const journalDir = join(folder, 'journal')
    app = await aTestApp({ config: { journalDir } })
    const { features } = app
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const own = await app.aSeparateAccount('games')
    const actor = { kind: 'person', id: person.id } as const
    const said = (): number => {
      try {
        return linesIn(journalDir).length
      } catch {
        return 0
      }
    }
    const acts: Record<string, () => Promise<unknown>> = {
      'a new password': () =>
        features.credentials.setPassword(asPerson(person.id), { password: fresh, how: 'changed' }),
      'a recovery': () => features.credentials.setPassword(asPerson(person.id), { password: fresh, how: 'recovered' }),
      'a new password of an account': () =>
        features.credentials.setPassword(asAccount(own.account), { password: fresh, how: 'changed' }),
      'an unlink': () => features.links.unlink(person.id, 'games', { keep: 'now', actor }),
      'a closure that waits': async () =>
        features.closures.close(await app!.account(person.accounts.mobile!), { kind: 'after-grace', days: 3 }, actor),
      'a way back': async () => features.closures.comeBack(await app!.account(person.accounts.mobile!), actor),
      'a closure': async () =>
        features.closures.close(await app!.account(person.accounts.mobile!), { kind: 'at-once' }, actor),
      'an erasure': () => features.erasePerson.erase(person.id),
    }
    for (const [what, act] of Object.entries(acts)) {
      const before = said()
      await act()
      assert.equal(said(), before + 1, what)
    }
    const before = said()
    const again = { password: fresh, how: 'changed' } as const
    await assert.rejects(features.credentials.setPassword(asPerson(person.id), again), (error) =>
      isAppError(error, 'person-not-found'),
    )
    await features.accounts.change(person.accounts.games!, () => ({ set: { language: 'sv' } }))
    assert.equal(said(), before)
  })

  it('Q15: what a crash left between the change and its line is written by whoever drains the log', async () => {
    const journalDir = join(folder, 'journal')
    // A disk that is gone: nothing can be made there.
    writeFileSync(journalDir, '')
    app = await aTestApp({ config: { journalDir } })
    const person = await app.aPerson({ links: ['games'] })
    await assert.rejects(
      app.features.credentials.setPassword(asPerson(person.id), { password: fresh, how: 'changed' }),
      (error) => isAppError(error, 'unavailable'),
    )
    const { log } = await person.now()
    assert.ok(log.some(({ fence }) => fence))
    rmSync(journalDir)
    await app.settled()
    assert.equal(linesIn(journalDir).length, 1)
    assert.deepEqual((await person.now()).log, [])
  })

  it('Q15: a last line that was never finished is forgiven; a line that was changed, or is another’s, is not', async () => {
    const dir = join(folder, 'journal')
    const journal = openJournal({ dir, key })
    await Promise.all([journal.write({ era: 1 }), journal.write({ era: 2 })])
    await journal.write({ era: 2 })
    const marks = await journalMarks(dir)
    await journal.close()
    const file = join(dir, marks[0]!.file)
    appendFileSync(file, '{"era":3')
    assert.deepEqual(await readJournal({ dir, key }, marks), [{ era: 1 }, { era: 2 }])
    await assert.rejects(readJournal({ dir, key: new Uint8Array(32).fill(4) }, []), /Line 1 of .* of another database/)
    writeFileSync(file, readFileSync(file, 'utf8').replace('{"era":2}', '{"era":9}'))
    await assert.rejects(readJournal({ dir, key }, []), /Line 2 of .* is damaged/)
  })
})
