/**
 * The companies' door: each company reads and corrects its own accounts with a token of its own (RFC 7644). A company
 * sees its own copy and nothing else; an account of another company is not there. Serves S4-3, S4-8, S4-10.
 */
export { createCompanyApi } from './create-company-api.ts'
