import assert from 'node:assert/strict'
import { createMetrics, metricsOfAll } from '../../src/lib/metrics.ts'

const ofOne = (mails: number) =>
  createMetrics({
    hashQueue: () => mails,
    syncLag: async () => 7,
    mailsWaiting: async () => ({ count: 3, seconds: 5 }),
    mailServerFails: () => false,
  })

describe('what several processes count', () => {
  it('tells what each counts of itself under its number, and what lies in the database once', async () => {
    const [one, other] = [ofOne(1), ofOne(2)]
    one.mailed('sent')
    one.mailed('sent')
    other.mailed('sent')
    other.answered({ path: '/me', method: 'GET', status: 200, seconds: 0.01 })
    const said = await metricsOfAll([
      { number: 1, counted: await one.counted() },
      { number: 2, counted: await other.counted() },
    ])
    const lines = said.split('\n')
    const linesOf = (name: string) => lines.filter((line) => line.startsWith(name))
    assert.deepEqual(linesOf('mails_total'), [
      'mails_total{outcome="sent",process="1"} 2',
      'mails_total{outcome="sent",process="2"} 1',
    ])
    assert.deepEqual(linesOf('hash_queue_depth'), [
      'hash_queue_depth{process="1"} 1',
      'hash_queue_depth{process="2"} 2',
    ])
    assert.deepEqual(linesOf('mails_waiting'), ['mails_waiting 3'])
    assert.deepEqual(linesOf('sync_lag_seconds'), ['sync_lag_seconds 7'])
    assert.deepEqual(linesOf('http_request_seconds_count'), [
      'http_request_seconds_count{place="me",method="GET",status="2xx",process="2"} 1',
    ])
    assert.equal(linesOf('process_start_time_seconds').length, 2)
  })

  it('answers while none of them does', async () => {
    assert.equal((await metricsOfAll([])).trim(), '')
  })
})
