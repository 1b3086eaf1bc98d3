import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detailNames } from '../../src/details/index.ts'
import { createCountries } from '../../src/i18n/countries.ts'
import {
  checkWords,
  formatDate,
  formatDateTime,
  formatInstant,
  formatMonth,
  formatNumber,
  type Language,
  languages,
  MissingWord,
  WordsError,
  zonedInstant,
} from '../../src/i18n/index.ts'
import { viewsDir, words } from '../http/site.ts'

describe('words', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'words-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  }

  it('a key missing in one language is refused and named', () => {
    write({ 'a.en.yaml': 'x: {y: one, z: two}', 'a.sv.yaml': 'x: {y: ett}', 'a.ja.yaml': 'x: {y: 一, z: 二}' })
    assert.throws(
      () => checkWords(dir),
      (error: unknown) => {
        assert.ok(error instanceof WordsError)
        const issues = error.issues.filter((each) => each.endsWith('sv'))
        assert.deepEqual(issues, ['a.en.yaml: "x.z" has no words in sv', 'a.ja.yaml: "x.z" has no words in sv'])
        return true
      },
    )
  })

  it('all issues at once: twice the same key, no text, no message, no such language', () => {
    write({
      'a.en.yaml': 'x: one\nbad: "{unclosed"\nnumber: 7',
      'a.sv.yaml': 'x: ett\nbad: ok',
      'a.ja.yaml': 'x: 一\nbad: ok',
      'b.en.yaml': 'x: again',
      'c.fr.yaml': 'x: un',
    })
    assert.throws(
      () => checkWords(dir),
      (error: unknown) => {
        const issues = (error as WordsError).issues.join('\n')
        for (const part of ['a.en.yaml: "bad"', '"number" is not a text', '"x" is in a.en.yaml already', 'c.fr.yaml'])
          assert.ok(issues.includes(part), part)
        return true
      },
    )
  })

  it('all that are there are whole, the demonstration’s too', () => {
    for (const each of ['views/words', 'scripts/demonstration/words']) checkWords(join(viewsDir, '..', each))
  })

  it('a word that is not there is our mistake, told at once', () => {
    assert.throws(() => words.t('en', 'no.such.word'), MissingWord)
  })

  it('what a person typed into a message stays text', () => {
    const text = words.t('en', 'layout.for-service', { service: '<b>{company}</b>', company: "O'Neill" })
    assert.equal(text, "<b>{company}</b>, a service of O'Neill")
  })

  it('counts as each language counts', () => {
    assert.equal(words.t('en', 'layout.problems', { count: 1 }), 'Please check one thing')
    assert.equal(words.t('sv', 'layout.problems', { count: 3 }), 'Kontrollera 3 saker')
    assert.equal(words.t('ja', 'layout.problems', { count: 3 }), '3か所をご確認ください')
  })

  it('every sentence is written in its own language, not left in English', () => {
    const english = new Map(words.keys().map((key) => [key, words.t('en', key, everyValue)]))
    for (const [key, sentence] of english)
      if (/ \w+ \w+/.test(sentence) && !/^[\d\W]*$/.test(sentence))
        for (const language of languages.filter((each) => each !== 'en'))
          assert.notEqual(words.t(language, key, everyValue), sentence, `${key} in ${language}`)
  })

  it('a sentence has the same places in every language, so that no page lacks what one of them asks for', () => {
    const placesIn = (language: Language, key: string) => {
      const asked = new Set<string>()
      words.t(language, key, watched(asked))
      return [...asked].sort().join()
    }
    const differing = words
      .keys()
      .filter((key) => new Set(languages.map((language) => placesIn(language, key))).size > 1)
    // A greeting by the whole name where family names come first; the page gives both.
    assert.deepEqual(differing, ['portal.overview.hello'])
  })

  it('the Japanese words are in Japanese and the files are free of stray fullwidth spaces', () => {
    for (const file of readdirSync(join(viewsDir, 'words')).filter((name) => name.endsWith('.ja.yaml')))
      assert.ok(!readFileSync(join(viewsDir, 'words', file), 'utf8').includes('\u3000'), file)
  })

  it('every refusal that the code names has its sentence', () => {
    const src = join(viewsDir, '../src')
    const codes = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...readFileSync(join(src, file), 'utf8').matchAll(/AppError\(\s*'[a-z-]+',\s*'([a-z-]+)'/g)])
      .map(([, code]) => code!)
    assert.ok(codes.length > 50)
    assert.deepEqual(
      [...new Set(codes)].filter((code) => !words.has(`errors.${code}`)),
      [],
    )
  })

  it('U19: inside a sentence a detail is named without the capital of its label', () => {
    for (const name of detailNames)
      for (const language of languages) {
        const named = words.t(language, `named.${name}`)
        assert.equal(named, named.toLocaleLowerCase(language))
      }
  })

  it('labels and states are the outside contract’s', () => {
    const english = (key: string) => words.t('en', key)
    assert.deepEqual(
      ['email', 'givenName', 'familyName', 'birthDate', 'country', 'street', 'postalCode', 'city', 'phone'].map(
        (name) => english(`details.${name}`),
      ),
      [
        'Email address',
        'Given name',
        'Family name',
        'Birth date',
        'Country',
        'Street address',
        'Postal code',
        'City',
        'Phone',
      ],
    )
    assert.deepEqual(
      [
        'in-step',
        'on-its-way',
        'refused',
        'paused',
        'not-linked',
        'closed',
        'case-open',
        'caller-proven',
        'person-approved',
      ].map((name) => english(`states.${name}`)),
      [
        'in step',
        'on its way',
        'refused',
        'paused',
        'not linked',
        'closed',
        'case open',
        'caller proven',
        'person approved',
      ],
    )
    assert.deepEqual(
      ['received', 'waiting-for-proof', 'in-work', 'extended', 'answered', 'refused', 'withdrawn'].map((state) =>
        english(`states.request-${state}`),
      ),
      ['received', 'waiting for proof', 'in work', 'extended', 'answered', 'refused', 'withdrawn'],
    )
  })
})

/** The same, which notes what is asked for. */
const watched = (asked: Set<string>) =>
  new Proxy(everyValue, {
    get: (values, name) => {
      asked.add(String(name))
      return values[String(name)]
    },
  })

/** Any value a message may ask for, so that every message can be read here. */
const everyValue = new Proxy({} as Record<string, string | number>, {
  get: (_, name) =>
    ['count', 'most', 'minutes', 'left', 'minimum', 'days', 'hours', 'years', 'age', 'number', 'n'].includes(
      String(name),
    )
      ? 3
      : 'X',
  has: () => true,
  getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 'X' }),
})

describe('names of countries, days and times', () => {
  const countries = createCountries()

  it('U17: countries go by their name in each language, sorted as it sorts', () => {
    assert.equal(countries.name('sv', 'JP'), 'Japan')
    assert.equal(countries.name('ja', 'SE'), 'スウェーデン')
    assert.equal(countries.name('en', 'DE'), 'Germany')
    const swedish = countries.options('sv').map(({ label }) => label)
    assert.ok(swedish.indexOf('Österrike') > swedish.indexOf('Zimbabwe'), 'Ö comes last')
    for (const language of ['en', 'sv', 'ja'] as const) {
      const labels = countries.options(language).map(({ label }) => label)
      assert.deepEqual(labels, labels.toSorted(new Intl.Collator(language).compare), language)
      const codes = countries.options(language).map(({ value }) => value)
      assert.ok(
        codes.length > 240 && new Set(codes).size === codes.length && codes.every((code) => /^[A-Z]{2}$/.test(code)),
      )
    }
  })

  it('U19: times are in the zone of whoever they are written for where their country has one, else in UTC; it is named', () => {
    const at = Date.UTC(2025, 6, 3, 21, 5)
    assert.equal(formatDateTime('en', at, 'SE'), '3 July 2025 at 23:05 CEST')
    assert.equal(formatDateTime('sv', at, 'DE'), '3 juli 2025 kl. 23:05 CEST', 'two zones with the same clocks are one')
    assert.equal(formatDateTime('ja', at, 'JP'), '2025年7月4日 06:05 JST')
    for (const elsewhere of [undefined, 'US', 'PT', 'XX', 'se', '../x'])
      assert.equal(formatDateTime('en', at, elsewhere), '3 July 2025 at 21:05 UTC', elsewhere)
    assert.equal(formatDate('en', at, 'JP'), '4 July 2025')
    assert.equal(formatInstant('en', zonedInstant(at, 'SE')), '3 July 2025 at 23:05 CEST')
    assert.equal(formatInstant('en', '2025-07-03T21:05:00.000Z'), '3 July 2025 at 21:05 UTC')
  })

  it('days and times are written as the language writes them, and say that they are UTC', () => {
    const at = Date.UTC(2025, 1, 3, 23, 5)
    assert.equal(formatDate('en', '2001-02-03'), '3 February 2001')
    assert.equal(formatDate('sv', '2001-02-03'), '3 februari 2001')
    assert.equal(formatDate('ja', '2001-02-03'), '2001年2月3日')
    assert.deepEqual(
      languages.map((language) => [
        formatMonth(language, '2026-05'),
        formatMonth(language, '2025-10', { short: true }),
      ]),
      [
        ['May 2026', 'Oct 2025'],
        ['maj 2026', 'okt. 2025'],
        ['2026年5月', '2025年10月'],
      ],
    )
    assert.deepEqual(
      languages.map((language) => formatNumber(language, 12_340)),
      ['12,340', '12\u00a0340', '12,340'],
    )
    assert.equal(formatDateTime('en', at), '3 February 2025 at 23:05 UTC')
    assert.match(formatDateTime('sv', at), /3 februari 2025.*23:05 UTC$/)
    assert.match(formatDateTime('ja', at), /2025年2月3日.*23:05 UTC$/)
  })
})
