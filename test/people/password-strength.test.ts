import assert from 'node:assert/strict'
import { createPasswordStrength } from '../../src/credentials/index.ts'
import { AppError } from '../../src/lib/errors.ts'

const { ofAtLeast, stop } = createPasswordStrength({ names: ['Games'], limits: { consume: async () => 0 } })
const requireStrong = ofAtLeast(10)
const ada = ['ada.lindqvist@example.org', 'Ada', 'Lindqvist', '1988-04-12']
const refused = async (password: string, personal = ada): Promise<string> => {
  try {
    await requireStrong(password, personal)
    return 'taken'
  } catch (error) {
    assert.ok(error instanceof AppError)
    return error.code
  }
}

describe('a password is judged by how it would be guessed (§3)', () => {
  after(stop)

  it('S7-b: short ones are refused, counted in characters and not in bytes', async () => {
    assert.equal(await refused('kxqz7vbm'), 'password-short')
    assert.equal(await refused('鯨と雨と古い灯台の夜明け'), 'taken')
  })

  it('common ones are refused however they are dressed up', async () => {
    for (const password of ['password123', 'qwertyuiop', 'P@ssw0rd2024', '1234567890', 'iloveyou1988'])
      assert.equal(await refused(password), 'password-weak', password)
  })

  it('ones made of the person’s own details are refused', async () => {
    assert.equal(await refused('adalindqvist1988'), 'password-weak')
    assert.equal(await refused('lindqvistgames'), 'password-weak')
  })

  it('a few unrelated words are taken, and so are 256 characters, but no more', async () => {
    assert.equal(await refused('lantern over still water'), 'taken')
    assert.equal(await refused('lantern over still water '.repeat(10).slice(0, 256)), 'taken')
    assert.equal(await refused('x9'.repeat(200)), 'password-long')
  })

  it('when too many ask at once, some are told to come back; none is taken unjudged', async () => {
    const asked = Array.from({ length: 60 }, (_, n) =>
      refused(n % 2 ? 'p4ssw0rd$3cr3t'.repeat(3) : 'lantern over still water'),
    )
    const answers = await Promise.all(asked)
    assert.ok(answers.includes('busy'))
    assert.ok(answers.every((answer, n) => answer === 'busy' || answer === (n % 2 ? 'password-weak' : 'taken')))
    assert.equal(await refused('lantern over still water'), 'taken')
  })

  it('the advice says what is wrong', async () => {
    await assert.rejects(requireStrong('adalindqvist', ada), { values: { advice: 'userInputs' } })
  })
})
