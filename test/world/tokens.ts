/** What a service does with what a traveller brings it: redeems the code, refreshes, asks for the claims. */
import assert from 'node:assert/strict'
import { clientSecret } from '../../src/config/settings.ts'
import type { TestApp } from './app.ts'
import { handedOver, type Visit } from './browser.ts'

/** Of the challenge that travellers and visitors send (RFC 7636, appendix B). */
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

type HeldTokens = Record<string, string>

export const aTokenClient = (app: TestApp) => {
  const ask = async (client: string, fields: Record<string, string>) => {
    const answer = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:${clientSecret(app.config, client)}`)}` },
      body: new URLSearchParams(fields),
    })
    return { status: answer.status, body: (await answer.json()) as HeldTokens }
  }

  return {
    redeemed: async (client: string, back: Visit): Promise<HeldTokens> => {
      const { body } = await ask(client, {
        grant_type: 'authorization_code',
        code: handedOver(back).get('code') ?? '',
        redirect_uri: app.config.group.clients.get(client)?.client.redirectUris[0] ?? '',
        code_verifier: verifier,
      })
      assert.ok(body.access_token && body.refresh_token, JSON.stringify(body))
      return body
    },

    /** The status of the answer. */
    refreshed: async (client: string, { refresh_token = '' }: HeldTokens): Promise<number> =>
      (await ask(client, { grant_type: 'refresh_token', refresh_token })).status,

    /** The status of the answer. */
    userinfo: async ({ access_token }: HeldTokens): Promise<number> =>
      (await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } })).status,
  }
}

export type TokenClient = ReturnType<typeof aTokenClient>
