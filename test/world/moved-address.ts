/** A sign-in that somebody moves to another address at the account pages, and the letters about it (T5, H4). */
import assert from 'node:assert/strict'
import type { TestApp } from './app.ts'
import type { Visit } from './browser.ts'
import { readable } from './pages.ts'
import type { Visitor } from './visitor.ts'

const [details, addressPage] = ['/account/details', '/account/details/address']

/** `app`: as it is when asked, for suites that make one for each test. */
export const movedAddress = (app: () => TestApp) => {
  /** What was written to an address, newest first. */
  const letters = async (to: string) => {
    await app().settled()
    return (await app().features.mailer.mailbox?.list(to)) ?? []
  }

  /** The way back in the newest letter of a kind to an address. */
  const undoPath = async (to: string, kind = 'address-changed'): Promise<string> => {
    const text = (await letters(to)).find((each) => each.kind === kind)?.text ?? ''
    const link = /http\S+\/undo\/\S+/.exec(text)?.[0]
    assert.ok(link, `no letter ${kind} with a way back`)
    return new URL(link).pathname
  }

  /** Asks for it, and types the code that came to the new mailbox: the answer. */
  const tryMove = async (visitor: Visitor, email: string): Promise<Visit> => {
    const asked = await visitor.act(details, { email })
    assert.match(asked.url, /details\/address$/, readable(asked))
    return visitor.send(addressPage, { code: await app().code(email) })
  }

  const move = async (visitor: Visitor, email: string): Promise<void> => {
    const answer = await tryMove(visitor, email)
    assert.match(answer.next ?? '', /done=address/, readable(answer))
  }

  return { letters, undoPath, tryMove, move }
}
