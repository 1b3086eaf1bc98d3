import assert from 'node:assert/strict'
import { deviceName } from '../../src/oidc/device-name.ts'

const like = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('what a browser is called', () => {
  it('is its maker’s name and its system, also where it says that it is like others', () => {
    const rows = [
      [`Mozilla/5.0 (X11; Linux x86_64) ${like} Chrome/150.0.0.0 Safari/537.36`, 'Chrome, Linux'],
      [`Mozilla/5.0 (X11; Linux x86_64) ${like} HeadlessChrome/150.0.0.0 Safari/537.36`, 'Chrome, Linux'],
      [
        `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${like} Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0`,
        'Edge, Windows',
      ],
      ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1', 'Safari, iOS'],
      ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox, Linux'],
      ['curl/8.0', ''],
    ] as const
    for (const [header, name] of rows) assert.equal(deviceName(header), name, header)
    assert.equal(deviceName(undefined), '')
  })
})
