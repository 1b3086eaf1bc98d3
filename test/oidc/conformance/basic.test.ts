/** `oidcc-basic-certification-test-plan`, as far as it can be asked over HTTP without the suite itself (O13). */
import { basicModules } from './basic-modules.ts'

describe('OpenID conformance, basic plan (O13)', () => basicModules('query'))
