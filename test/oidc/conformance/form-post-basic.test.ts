/** `oidcc-formpost-basic-certification-test-plan`: the basic plan's modules, each answered by POST alone (O13). */
import { basicModules } from './basic-modules.ts'

describe('OpenID conformance, form-post basic plan (O13)', () => basicModules('form_post'))
