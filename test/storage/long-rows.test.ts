import assert from 'node:assert/strict'
import { openDatabase } from '../../src/storage/index.ts'

describe('what the embedded database keeps in memory @embedded', () => {
  it('rows as long as a file are read each time; whatever is short is decoded once for all who read it', async () => {
    const database = await openDatabase({})
    try {
      const things = database.connection.collection('things')
      // As a page of an archive whose rows are the shortest there are, sealed.
      const rows = { short: 'a', long: 'a'.repeat(20 * 1024) }
      for (const [_id, text] of Object.entries(rows)) {
        await things.insertOne({ _id, text } as never)
        await things.updateOne({ _id: _id as never }, { $set: { seen: true } })
      }
      const read = (_id: string) => things.findOne({ _id: _id as never })
      assert.equal(await read('short'), await read('short'))
      const long = await read('long')
      assert.deepEqual(long, { _id: 'long', text: rows.long, seen: true })
      assert.notEqual(await read('long'), long)
    } finally {
      await database.close()
    }
  })
})
