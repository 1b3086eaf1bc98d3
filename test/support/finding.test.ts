import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, refuses } from '../world/desk.ts'

const src = join(import.meta.dirname, '../../src')

describe('searching for people at the desk', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('H26: a ticket system that names another agent each time searches no more for it', async () => {
    const { openCase } = app.features.support
    const member = await aDesk(app).aMember('mobile', 'support')
    const { _id } = await openCase.open(member, { reference: 'M-1', reason: 'A call of today', askedBy: 'person' })
    const { most } = limitRules['support-find-system']
    for (let taken = 0; taken < most; taken += 400)
      await Promise.all(
        Array.from({ length: Math.min(400, most - taken) }, () =>
          app.features.limits.consume('support-find-system', 'mobile mobile-machine'),
        ),
      )
    const through = { ...member, through: 'mobile-machine' }
    await assert.rejects(() => openCase.find(through, _id, 'nobody@mail.example'), refuses('too-many-attempts'))
    // At the console, with eyes of their own, the agent goes on; and so does another company's system.
    assert.equal(await openCase.find(member, _id, 'nobody@mail.example'), 'not-found')
    assert.equal(await openCase.find({ ...member, through: 'other' }, _id, 'nobody@mail.example'), 'not-found')
  })

  it('H26: is counted at one place, whatever finds', () => {
    const counting = globSync('**/*.ts', { cwd: src }).filter((file) =>
      readFileSync(join(src, file), 'utf8').includes("'support-find'"),
    )
    assert.deepEqual(counting.sort(), ['limits/limit-rules.ts', 'support/take-find.ts'])
  })
})
