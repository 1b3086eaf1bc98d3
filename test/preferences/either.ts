import { asAccount, asPerson, type PrincipalId } from '../../src/accounts/index.ts'
import type { TestApp } from '../world/app.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

interface Made {
  id: PrincipalId
  email: string
  password: string
  /** At Games. */
  account: string
}

/** Somebody at Games: a person who is at Mobile too, or whoever has one separate account there. */
export const eitherKind = (app: () => TestApp) => {
  const aPerson = async (): Promise<Made> => {
    const { id, email, password, accounts } = await app().aPerson({ links: ['games', 'mobile'] })
    return { id: asPerson(id), email, password, account: accounts.games ?? '' }
  }
  const aHolder = async (): Promise<Made> => {
    const { account, email, password } = await app().aSeparateAccount('games')
    return { id: asAccount(account), email, password, account }
  }
  const signedIn = async ({ id, email, password }: Made): Promise<Visitor> => {
    const visitor = aVisitor(app().issuer)
    if (id.kind === 'person') await visitor.signIn({ email, password })
    else await visitor.signInAt('games-arcade', `${app().urlOf('games-arcade')}/callback`, { email, password })
    return visitor
  }
  return { aPerson, aHolder, signedIn }
}
