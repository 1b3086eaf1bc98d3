import assert from 'node:assert/strict'
import { clientAddress } from '../../src/http/client-ip.ts'
import { clientNetwork } from '../../src/http/index.ts'

const from = (peer: string | undefined, forwardedFor = '') => ({ peer, forwardedFor })

describe("a caller's network", () => {
  it('§6: is the peer’s, whatever a stranger claims to forward', () => {
    assert.equal(clientAddress(from('198.51.100.7', '203.0.113.1'), []), '198.51.100.7')
    assert.equal(clientAddress(from('198.51.100.7', '203.0.113.1'), ['10.0.0.0/8']), '198.51.100.7')
  })

  it('§6: behind listed proxies is the rightmost hop that is none of them', () => {
    const proxies = ['10.0.0.0/8', '192.0.2.1']
    assert.equal(clientAddress(from('10.0.0.2', '203.0.113.1'), proxies), '203.0.113.1')
    assert.equal(clientAddress(from('10.0.0.2', '1.2.3.4, 203.0.113.1, 192.0.2.1'), proxies), '203.0.113.1')
    assert.equal(clientAddress(from('::ffff:10.0.0.2', '203.0.113.1'), proxies), '203.0.113.1')
  })

  it('CVE-2024-47070, CVE-2023-36456: a hop that can’t be read is a network of its own, never a way round the limits', () => {
    const rubbish = [
      'unknown',
      '_hidden',
      "1' OR 1=1",
      '999.1.1.1',
      '203.0.113.1:',
      '203.0.113.1:x',
      '203.0.113.1:123456',
    ]
    for (const hop of [
      ...rubbish,
      '[203.0.113.1]x',
      '[2001:db8::1',
      '2001:db8::1]:9',
      '3405803777',
      '0xcb007101',
      '203.113.1',
    ]) {
      const address = clientAddress(from('10.0.0.2', `1.2.3.4, ${hop}`), ['10.0.0.0/8'])
      assert.equal(clientNetwork({ page: { address } }), 'unknown', hop)
    }
    assert.equal(clientNetwork({ page: { address: clientAddress(from(undefined), []) } }), 'unknown')
  })

  it('O3: is the caller’s own though the proxy writes a port or brackets: not one network for everybody', () => {
    const proxies = ['10.0.0.0/8', '2001:db8:ffff::/48']
    const forms = [
      '203.0.113.7',
      '203.0.113.7:4711',
      '"203.0.113.7:4711"',
      '203.0.113.7:_a-b.c',
      '[::ffff:203.0.113.7]:1',
    ]
    for (const hop of forms) {
      assert.equal(clientAddress(from('10.0.0.2', hop), proxies), '203.0.113.7', hop)
      assert.equal(clientAddress(from('10.0.0.2', `1.2.3.4, ${hop}, 10.9.9.9:80`), proxies), '203.0.113.7', hop)
    }
    for (const hop of ['2001:db8::7', '[2001:db8::7]', '[2001:db8::7]:443', '"[2001:db8::7]:443"'])
      assert.equal(clientAddress(from('10.0.0.2', `${hop}, [2001:db8:ffff::1]:443`), proxies), '2001:db8::7', hop)
    const networks = ['203.0.113.7:1', '203.0.113.8:1'].map((hop) =>
      clientNetwork({ page: { address: clientAddress(from('10.0.0.2', hop), proxies) } }),
    )
    assert.deepEqual(networks, ['203.0.113.7/32', '203.0.113.8/32'])
  })

  it('is one IPv4 address, or the /64 that one household has', () => {
    assert.equal(clientNetwork({ page: { address: '203.0.113.9' } }), '203.0.113.9/32')
    const [one, other] = ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::1'].map((address) =>
      clientNetwork({ page: { address } }),
    )
    assert.equal(one, other)
    assert.notEqual(one, clientNetwork({ page: { address: '2001:db8:1:3::1' } }))
  })
})
