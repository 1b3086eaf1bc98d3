import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { documentOf, fieldsOf, linksOf, partsOf, wordsIn } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitorSignedIn } from '../world/visitor.ts'

const sharing = '/account/sharing'

describe('pausing what a company gets is as easy as linking with it was (S4-4, S2-d)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  /** Presses from a page on until an act is done, and what has to be filled in or ticked before. */
  const aWalk = (submit: (address: string, fields: Record<string, string>) => Promise<Visit>) => {
    const effort = { presses: 0, filled: 0 }
    return {
      effort,
      press: (page: Visit, name: string): Promise<Visit> => {
        const [form, another] = documentOf(page)
          .querySelectorAll('form[method=post]')
          .filter((each) => each.querySelectorAll('button').some((button) => wordsIn(button) === name))
        assert.ok(form && !another, `one ${name} at ${page.url}`)
        const action = form.getAttribute('action') ?? ''
        const isTick = (field: typeof form) => ['checkbox', 'radio'].includes(field.getAttribute('type') ?? '')
        const isOpen = (field: typeof form) =>
          isTick(field)
            ? field.hasAttribute('required') && !field.hasAttribute('checked')
            : !field.getAttribute('value')
        effort.presses += 1
        effort.filled += form.querySelectorAll('input:not([type=hidden]), select, textarea').filter(isOpen).length
        return submit(`${app.issuer}${action}`, fieldsOf(page, action))
      },
    }
  }

  /** Of somebody who is signed in, from the company's service to being linked: the least that linking ever asks. */
  const linking = async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    const walk = aWalk(traveller.submit)
    const done = await walk.press(page, 'Link and continue')
    assert.ok(done.next)
    const account = await app.features.links.accountAt(person.id, 'games')
    assert.ok(account, 'linked')
    return { person, account: account._id, effort: walk.effort }
  }

  it('S4-4: Pause sharing and Resume sharing take no more presses and no more fields than Link and continue', async () => {
    const { person, account, effort: link } = await linking()
    assert.deepEqual(link, { presses: 1, filled: 0 })
    const visitor = await aVisitorSignedIn(app.issuer, person)
    const isPaused = async () => (await app.account(account)).link?.paused !== undefined
    // Two companies stand on the page, and each has its own button.
    const only = async (company: string): Promise<Visit> => {
      const page = await visitor.page(sharing)
      const groups = partsOf(page, 'sharing-choices')
      assert.equal(groups.length, 2)
      const own = groups.find((group) => group.querySelector(`form[action^="${sharing}/${company}"]`))
      return { ...page, text: `<html>${own?.outerHTML ?? ''}</html>` }
    }
    for (const [name, after] of [
      ['Pause sharing', true],
      ['Resume sharing', false],
    ] as const) {
      const walk = aWalk(visitor.submit)
      await walk.press(await only('games'), name)
      assert.equal(await isPaused(), after, `${name} is done`)
      const { presses, filled } = walk.effort
      assert.ok(presses <= link.presses && filled <= link.filled, `${name}: ${JSON.stringify(walk.effort)}`)
    }
  })

  it('S4-4: the page with both is one press from every entry, as the link page is from a service’s own', async () => {
    const { person } = await linking()
    const visitor = await aVisitorSignedIn(app.issuer, person)
    for (const from of ['/account', '/account/services', '/account/messages'])
      assert.ok(linksOf(await visitor.page(from)).includes(sharing), `from ${from}`)
  })
})
