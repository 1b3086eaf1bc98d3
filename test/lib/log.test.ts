import assert from 'node:assert/strict'
import { AppError } from '../../src/lib/errors.ts'
import { createLog } from '../../src/lib/log.ts'

describe('the log (§8)', () => {
  const said = (error: unknown): string => {
    let text = ''
    createLog('info', { write: (line) => (text += line) }).error({ error }, 'something failed')
    return text
  }
  const named = (name: string, message: string) => Object.assign(new Error(message), { name })

  it('says where an error happened and what it was, not what libraries attach to it', () => {
    const text = said(Object.assign(new Error('the store is full'), { code: 'ENOSPC', document: { name: 'Ada' } }))
    assert.match(text, /the store is full.*ENOSPC.*log\.test\.ts/)
    assert.doesNotMatch(text, /Ada/)
    assert.match(said(new AppError('conflict', 'already-linked', { detail: 'twice' })), /already-linked: twice/)
  })

  it('repeats nothing that an error’s own message quotes of what was sent or stored, its cause neither', () => {
    const key = 'E11000 duplicate key error: { _id: "email:group:ada@mail.example" }'
    for (const error of [
      named('MongoServerError', key),
      named('CastError', 'Cast to string failed for value "ada@mail.example"'),
      new Error('failed', { cause: named('MongoServerError', key) }),
    ]) {
      const text = said(error)
      assert.doesNotMatch(text, /mail\.example/)
      assert.match(text, new RegExp(`${error.name}.*log\\.test\\.ts`))
    }
    try {
      JSON.parse('ada@mail.example')
    } catch (error) {
      assert.doesNotMatch(said(error), /mail\.example/)
    }
    assert.doesNotMatch(said('ada@mail.example'), /mail\.example/)
  })
})
