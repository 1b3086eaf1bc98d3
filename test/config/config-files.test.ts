import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkConfig, loadConfig } from '../../src/config/settings.ts'
import { detailsOfClaims } from '../../src/details/index.ts'
import { ConfigurationError } from '../../src/lib/config-issues.ts'
import { configFilesOfEach, put, type Raw } from '../world/config-files.ts'

describe('the configuration that people write by hand', () => {
  const { written, issuesWith, mobileWith } = configFilesOfEach()

  it('is in order as it comes with a clone', () => {
    assert.deepEqual(
      issuesWith(() => {}),
      [],
    )
  })

  const refused: [title: string, path: string, value: unknown, issue: RegExp][] = [
    ['a company without a policy', 'policy', undefined, /^companies\/mobile\.yaml: policy is missing: write /],
    ['a company with an empty list of policies', 'policy', [], /policy has no version: write /],
    [
      'a policy that can be read nowhere',
      'policy.0.text',
      undefined,
      /policy\[0\] can be read nowhere: write text or url/,
    ],
    ['a policy without the date of its last change (S0)', 'policy.0.date', undefined, /policy\[0\]\.date is missing/],
    ['a policy of a day that never was', 'policy.0.date', '2020-02-30', /policy\[0\]\.date "2020-02-30" is no day/],
    ['a company without contacts (S12)', 'contacts', undefined, /contacts is missing: write privacy, support/],
    ['a company without a privacy contact (S12)', 'contacts.privacy', undefined, /contacts\.privacy is missing/],
    [
      'a contact without a postal address',
      'contacts.privacy.address',
      '',
      /contacts\.privacy\.address is empty: write the postal/,
    ],
    [
      'a company outside without an EU representative (S12)',
      'representatives.eu',
      undefined,
      /representatives\.eu is missing for a company in JP/,
    ],
    [
      'a company outside without a UK representative (S12)',
      'representatives.uk',
      undefined,
      /representatives\.uk is missing for a company in JP/,
    ],
    [
      'a company outside without a transfer mechanism (S5)',
      'transfer',
      undefined,
      /transfer is missing for a company in JP \(S5\)/,
    ],
    ...(['offers', 'news', 'competitions', 'events', 'surveys'] as const).map(
      (about): [string, string, unknown, RegExp] => [
        `marketing about ${about} that is declared as service (S2-a)`,
        'messages',
        [{ id: 'spring', name: { en: 'Spring', sv: 'Vår', ja: '春' }, kind: 'service', about }],
        new RegExp(`messages\\[0\\] is about ${about}, which advertises: write kind: marketing`),
      ],
    ),
    [
      'more than a month to answer what people ask for by law (S9)',
      'requests',
      { answerMonths: 2 },
      /requests\.answerMonths .*: write 1: the law gives a month/,
    ],
    [
      'an extension of more than two months (S9)',
      'requests',
      { extensionMonths: 3 },
      /requests\.extensionMonths .*: write months/,
    ],
    ['an age below 16 (S11)', 'minimumAge', 13, /minimumAge is below 16: write an age of 16 or more/],
    [
      'a detail that may be changed but not received',
      'release.receives',
      ['name', 'email'],
      /release\.writes\[1\] "birthdate" may be changed but not received/,
    ],
    [
      'a required detail that is not received',
      'release.receives',
      ['name', 'email'],
      /release\.requires\[2\] "birthDate" is required but not received/,
    ],
    [
      'a scope that could release nothing',
      'release.receives',
      ['name', 'email', 'birthdate', 'address'],
      /release\.scopes\[4\] "phone" would release nothing/,
    ],
    [
      'a scope nobody declared',
      'release.scopes.1',
      'profil',
      /release\.scopes\[1\] "profil" is no scope of this company: write "profile"/,
    ],
    [
      'a purpose without its legal basis (S2-d)',
      'release.basis',
      undefined,
      /release\.basis is missing: write one of contract/,
    ],
    [
      'a service with a scope beyond the release policy',
      'services.0.scopes',
      ['openid', 'accounts.admin'],
      /services\[0\]\.scopes\[1\] "accounts\.admin" is beyond the company's release policy/,
    ],
    [
      'a client with a scope beyond its service',
      'services.1.clients.0.scopes',
      ['openid', 'address'],
      /services\[1\]\.clients\[0\]\.scopes\[1\] "address" is beyond its service/,
    ],
    [
      'a client that could sign nobody in',
      'services.0.clients.0.scopes',
      ['email'],
      /services\[0\]\.clients\[0\]\.scopes lacks openid/,
    ],
    [
      'a machine that asks for people',
      'clients.0.scopes',
      ['openid'],
      /clients\[0\]\.scopes\[0\] "openid" is about a person/,
    ],
    [
      'an accent too faint to read in the light',
      'brand.colour',
      '#ffd166',
      /brand\.colour "#ffd166" has a contrast of 1\.\d on the light page: write a darker/,
    ],
    [
      'an accent too faint to read in the dark',
      'brand.colourDark',
      '#0b6e4f',
      /brand\.colourDark .* on the dark page: write a lighter/,
    ],
    ['a choice with nothing to choose', 'ownFields.1.options', undefined, /ownFields\[1\] has options only when/],
    ['a country that is none', 'country', 'JPN', /country "JPN" is no country/],
    [
      'an id that would not fit a key (model M14)',
      'services.0.id',
      'Mobile:Store',
      /services\[0\]\.id "Mobile:Store" does not fit/,
    ],
    [
      'a client with two ways to prove itself',
      'services.0.clients.0.jwksUri',
      'https://keys.mobile.example.com/jwks',
      /services\[0\]\.clients\[0\]\.jwksUri stands beside a secret/,
    ],
    [
      'a website without an address to return to',
      'services.0.clients.0.redirectUris',
      undefined,
      /redirectUris is missing: write where people come back to/,
    ],
    [
      'an app that would carry a secret',
      'services.0.clients.0.kind',
      'native',
      /secret would be in every copy of a native app/,
    ],
    [
      'a refresh token for ever without its scope',
      'services.0.clients.2.scopes',
      ['openid'],
      /services\[0\]\.clients\[2\]\.offline needs the scope offline_access/,
    ],
  ]
  for (const [title, path, value, issue] of refused)
    it(`refuses ${title}`, () => {
      const issues = mobileWith(path, value)
      assert.ok(
        issues.some((each) => issue.test(each)),
        issues.join('\n') || 'no issue',
      )
      for (const each of issues) assert.match(each, /^companies\/mobile\.yaml: .*: (write|take|leave) /)
    })

  it('asks no representative and no transfer of a company inside the EEA', () => {
    const issues = issuesWith(({ companies }) => {
      Object.assign(companies.mobile!, { country: 'SE', representatives: {} })
      delete companies.mobile!.transfer
    })
    assert.deepEqual(issues, [])
  })

  it('refuses to call a company inside the EEA and the UK a transfer', () => {
    assert.match(issuesWith(({ companies }) => put(companies.games!, 'transfer', 'adequacy')).join(), /leave it out/)
  })

  it('never repeats a secret that was written into the file', () => {
    const [issue] = mobileWith('services.0.clients.0.secret', 'hunter2-hunter2')
    assert.match(issue ?? '', /secret does not say where the secret is: write env: NAME or file: PATH/)
    assert.doesNotMatch(issue ?? '', /hunter2/)
  })

  it('refuses a key it does not know and says which was meant', () => {
    assert.deepEqual(
      issuesWith(({ companies, operator }) => {
        Object.assign(companies.games!, { minimunAge: 16 })
        put(companies.games!, 'services.0.redirectUri', 'https://games.example.com')
        Object.assign(operator, { favourite: 'tea' })
      }).map((issue) => issue.slice(0, 110)),
      [
        'operator.yaml has "favourite", which is not known here: known are id, name, legalName, country, representatives, authority,'.slice(
          0,
          110,
        ),
        'companies/games.yaml has "minimunAge", which is not known here: write "minimumAge"',
        'companies/games.yaml: services[0] has "redirectUri", which is not known here: known are id, name, description, '.slice(
          0,
          110,
        ),
      ],
    )
  })

  it('tells the issues of every file at once', () => {
    const issues = issuesWith(({ companies, operator }) => {
      put(operator, 'arrangement.kind', 'none')
      put(companies.games!, 'legalName', undefined)
      put(companies.games!, 'closure', { kind: 'never' })
      put(companies.pictures!, 'services.0.clients.0.redirectUris.0', 'https://*.example.com/callback')
    })
    assert.deepEqual(
      issues.map((issue) => issue.split(' ').slice(0, 2).join(' ')),
      [
        'operator.yaml: arrangement.kind',
        'companies/games.yaml: legalName',
        'companies/games.yaml: closure.kind',
        'companies/pictures.yaml: services[0].clients[0].redirectUris[0]',
      ],
    )
  })

  it('refuses two of the same id anywhere in the group', () => {
    const issues = issuesWith(({ companies }) => {
      put(companies.games!, 'services.0.id', 'mobile-store')
      put(companies.games!, 'services.0.clients.0.id', 'mobile-cloud')
      put(companies.pictures!, 'services.0.clients.0.id', 'account')
    })
    assert.deepEqual(issues, [
      'companies/mobile.yaml: services[0].id "mobile-store" is a service of companies/games.yaml already: write another',
      'companies/mobile.yaml: services[1].clients[0].id "mobile-cloud" is a client of companies/games.yaml already: write another',
      'companies/pictures.yaml: services[0].clients[0].id "account" is a client of the account pages already: write another',
    ])
  })

  it('refuses a partner application that could open every account of the company (S3-c)', () => {
    const issues = issuesWith(({ companies }) => {
      put(companies.games!, 'partners.0.scopes', ['openid', 'accounts.read'])
      put(companies.games!, 'partners.0.clients.0.kind', 'machine')
    }).join('\n')
    assert.match(issues, /partners\[0\]\.scopes\[1\] "accounts\.read" opens every account of the company/)
    assert.match(issues, /partners\[0\]\.clients\[0\]\.kind is machine/)
  })

  it('U17: asks what lets details leave for a partner’s country, where one is written', () => {
    const saying = (country: unknown, transfer?: string) =>
      issuesWith(({ companies }) => {
        put(companies.games!, 'partners.0.country', country)
        if (transfer) put(companies.games!, 'partners.0.transfer', transfer)
      })
    assert.deepEqual(saying('US', 'standard-contractual-clauses'), [])
    assert.match(saying('US').join(), /partners\[0\]\.transfer is missing for a partner in US \(S5\)/)
    assert.match(saying('FI', 'adequacy').join(), /partners\[0\]\.transfer is said of a partner in FI/)
    assert.match(saying(undefined, 'adequacy').join(), /partners\[0\]\.transfer says nothing without a country/)
    assert.match(saying('Finland').join(), /partners\[0\]\.country "Finland" is no country/)
    assert.deepEqual(saying(undefined), [])
  })

  it('names the line of a file that is no YAML, and a file that nobody reads', () => {
    const files = written()
    files.write('companies/games.yaml', 'id: games\n  name: [Games\n')
    files.write('companies/arcade.yml', 'id: arcade\n')
    files.write('companies/pictures.yaml', '- pictures\n')
    const issues = checkConfig({ CONFIG_DIR: files.dir }).issues.join('\n')
    assert.match(issues, /companies\/games\.yaml:\d+ is not YAML: /)
    assert.match(issues, /companies\/arcade\.yml is not read: name it after its company, ending in \.yaml/)
    assert.match(issues, /companies\/pictures\.yaml holds no settings/)
  })

  it('refuses what would mean more than it says: aliases that multiply or hold themselves, tags, a second document', () => {
    const files = written()
    const games = readFileSync(join(files.dir, 'companies/games.yaml'), 'utf8')
    const tenfold = [
      'a: &a [x]',
      ...[...'bcdefgh'].map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]},`.repeat(10)}]`),
    ]
    for (const [more, says] of [
      [tenfold.join('\n'), /games\.yaml repeats its own parts \(& and \*\) without end/],
      ['loop: &loop\n  again: *loop', /games\.yaml repeats its own parts/],
      ['mark: !!js/function "x"', /games\.yaml:\d+ is not YAML: unknown scalar tag/],
      ['---\nid: other', /games\.yaml holds several documents: write one, without "---" between/],
    ] as const) {
      files.write('companies/games.yaml', `${games}\n${more}\n`)
      assert.match(checkConfig({ CONFIG_DIR: files.dir }).issues.join('\n'), says)
    }
  })

  it('says so when there is no configuration at all', () => {
    assert.deepEqual(checkConfig({ CONFIG_DIR: '/nowhere' }).issues, [
      '/nowhere/operator.yaml is missing: write it',
      '/nowhere/companies/ has no company: write one, as companies/<id>.yaml',
    ])
  })

  it('binds the scopes of a company’s own API to its resource, and lets its services ask for them', () => {
    const files = written(({ companies }) => {
      const games = companies.games!
      games.apis = [
        {
          resource: 'https://api.games.example.com',
          scopes: [{ name: 'scores.read', label: { en: 'See your scores' } }],
        },
      ]
      for (const path of ['release', 'partners.0'])
        put(games, `${path}.scopes`, [
          ...((path === 'release' ? (games.release as Raw) : (games.partners as Raw[])[0]!).scopes as string[]),
          'scores.read',
        ])
    })
    const { group } = loadConfig({ CONFIG_DIR: files.dir, SECRET_KEYS: Buffer.alloc(32).toString('base64url') })
    assert.deepEqual(group.apis.get('https://api.games.example.com'), {
      resource: 'https://api.games.example.com',
      company: 'games',
      scopes: ['scores.read'],
      labels: { 'scores.read': { en: 'See your scores' } },
    })
    assert.ok(group.partners.get('scoreboard')?.clients[0]?.scopes.includes('scores.read'))
  })

  it('gives each demonstration company what the outside contract says', () => {
    const files = written()
    const { group } = loadConfig({ CONFIG_DIR: files.dir, SECRET_KEYS: Buffer.alloc(32).toString('base64url') })
    const all = ['name', 'birthdate', 'address', 'email', 'phone_number']
    const policies = [...group.companies.values()].map(({ id, release }) => [
      id,
      release.receives.toSorted(),
      release.writes.toSorted(),
    ])
    assert.deepEqual(policies, [
      ['games', ['address', 'birthdate', 'email', 'name'], ['address', 'name']],
      ['mobile', all.toSorted(), all.filter((claim) => claim !== 'email').toSorted()],
      ['pictures', ['email', 'name'], []],
    ])
    assert.deepEqual(
      [...group.companies.values()].map(({ closure }) => closure.kind),
      ['at-once', 'after-grace', 'by-contact'],
    )
    for (const { release } of group.companies.values())
      for (const field of release.requires) assert.ok(detailsOfClaims(release.receives).includes(field))
  })

  it('writes every text of the demonstration in English, Swedish and Japanese', () => {
    written(({ operator, companies }) => {
      const untranslated: string[] = []
      const look = (value: unknown, path: string) => {
        if (typeof value !== 'object' || value === null) return
        if ('en' in value && !('sv' in value && 'ja' in value)) untranslated.push(path)
        for (const [key, part] of Object.entries(value)) look(part, `${path}.${key}`)
      }
      look({ operator, companies }, '')
      assert.deepEqual(untranslated, [])
    })
  })

  it('loads a thousand companies with ten thousand clients, each found under its key', () => {
    const files = written(({ companies }) => {
      const template = JSON.stringify(companies.pictures)
      for (let i = 0; i < 1000; i++) {
        const company = JSON.parse(template.replaceAll('pictures', `company-${i}`))
        const [client] = company.services[0].clients
        company.services[0].clients = Array.from({ length: 9 }, (_, n) => ({ ...client, id: `${client.id}-${n}` }))
        companies[`company-${i}`] = company
      }
    })
    const { group } = loadConfig({ CONFIG_DIR: files.dir, SECRET_KEYS: Buffer.alloc(32).toString('base64url') })
    assert.equal(group.companies.size, 1003)
    assert.equal(group.clients.size, 13 + 10_000)
    const found = group.clients.get('company-731-premiere-8')
    assert.equal(found?.company, 'company-731')
    assert.equal(found?.service, group.services.get('company-731-premiere'))
    assert.equal(group.apis.get('http://localhost:3000/scim/company-731')?.company, 'company-731')
  })

  it('CVE-2026-9086: no address of any kind is one that a browser would run, or that looks like another', () => {
    const pathsIn = (value: unknown, path: string[]): string[] => {
      if (typeof value === 'string') return /^(https?:|\{issuer|\{port)/.test(value) ? [path.join('.')] : []
      if (typeof value !== 'object' || value === null) return []
      return Object.entries(value).flatMap(([name, part]) => pathsIn(part, [...path, name]))
    }
    let paths: string[] = []
    const hostile = ['JavaScript:alert(1)', 'data:text/html,x', 'https://good.example@evil.example/', 'vbscript:x']
    issuesWith(({ companies }) => {
      paths = pathsIn(companies.games, []).filter((path) => !path.endsWith('audience'))
    })
    assert.ok(paths.length >= 12, `${paths.length} addresses`)
    for (const address of hostile) {
      const issues = issuesWith(({ companies }) => {
        for (const path of paths) put(companies.games!, path, address)
      })
      for (const path of paths) {
        const place = path.replace(/\.(\d+)/g, '[$1]')
        assert.ok(
          issues.some((issue) => issue.includes(place)),
          `${path}: ${address} was taken`,
        )
      }
    }
  })

  it('a file that would reach into prototypes, or grows without end, is refused and does neither (§6)', () => {
    const files = written()
    const { dir, write } = files
    const nines = (name: string) => `[${Array(9).fill(`*${name}`).join(', ')}]`
    const bomb = `a: &a [x, x, x]\nb: &b ${nines('a')}\nc: &c ${nines('b')}\nd: &d ${nines('c')}\ne: ${nines('d')}\n`
    for (const [text, issue] of [
      ['__proto__:\n  polluted: 1\n', /evil\.yaml/],
      ['constructor:\n  prototype:\n    polluted: 1\n', /evil\.yaml/],
      ['ownFields:\n  __proto__:\n    polluted: 1\n', /evil\.yaml/],
      [bomb, /evil\.yaml repeats its own parts/],
    ] as const) {
      write('companies/evil.yaml', text)
      assert.match(checkConfig({ CONFIG_DIR: dir }).issues.join('\n'), issue)
      assert.equal(({} as Raw).polluted, undefined)
    }
  })

  it('ends a start with a ConfigurationError whose message is those lines', () => {
    const files = written(({ companies }) => put(companies.mobile!, 'legalName', ''))
    const { dir } = files
    assert.throws(
      () => loadConfig({ CONFIG_DIR: dir }),
      (error) =>
        error instanceof ConfigurationError &&
        error.message ===
          `${dir}/companies/mobile.yaml:3: legalName is empty: write the legal name, as in the register`,
    )
  })
})
