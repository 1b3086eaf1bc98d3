/** Steps that several stories take, by the words on the pages. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { markOf } from '../../src/http/told-pages.ts'
import type { Product } from '../world/product.ts'

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

export const goToSignIn = async (page: Page, service: string): Promise<void> => {
  await page.goto(service)
  await page.getByRole('link', { name: 'Sign in' }).click()
}

export const signIn = async (page: Page, email: string, password: string): Promise<void> => {
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(password)
  await press(page, 'Sign in')
}

export const claimsOn = async (page: Page): Promise<Record<string, unknown>> =>
  JSON.parse((await page.getByTestId('claims').textContent()) ?? '{}') as Record<string, unknown>

export const errorOn = async (page: Page): Promise<string> => (await page.getByTestId('error').textContent()) ?? ''

export interface NewPerson {
  email: string
  password: string
  givenName: string
  familyName: string
  birthDate: string
  country: string
}

export const somebody = (name: string): NewPerson => ({
  email: `${name.toLowerCase()}.holm@mail.example`,
  password: 'harbour lantern seven geese',
  givenName: name,
  familyName: 'Holm',
  birthDate: '1990-05-06',
  country: 'SE',
})

export const fillRegistration = async (page: Page, person: NewPerson): Promise<void> => {
  await press(page, 'Create account')
  await page.getByLabel('Email address').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByLabel('Given name').fill(person.givenName)
  await page.getByLabel('Family name').fill(person.familyName)
  await page.getByLabel('Birth date').fill(person.birthDate)
  await page.getByLabel('Country').selectOption(person.country)
  await press(page, 'Create account')
}

export const enterCode = async (page: Page, product: Product, to: string, kind: string): Promise<void> => {
  await page.getByLabel('Code').fill(await product.code(to, kind))
  await press(page, 'Continue')
}

/** From a service to being signed in there as somebody new; the claims it got. */
export const register = async (page: Page, product: Product, service: string, person: NewPerson) => {
  await goToSignIn(page, service)
  await fillRegistration(page, person)
  await enterCode(page, product, person.email, 'registration-code')
  return claimsOn(page)
}

export const demoPerson = (product: Product, links: string[]) => {
  const found = product.demo.people.find((each) => each.password && each.links.join() === links.join())
  assert.ok(found?.password)
  return { ...found, password: found.password }
}

/** As if a form had led there: what it says is said to nobody else. */
export const goLed = async (page: Page, { issuer }: Product, path: string): Promise<void> => {
  const name = `told-${new URL(issuer).port}`
  await page.context().addCookies([{ name, value: markOf(path), url: issuer }])
  await page.goto(issuer + path)
}
