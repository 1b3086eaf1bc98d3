import type { Company } from '../companies/index.ts'
import type { CompanyApi, PartnerApplication, Service, ServiceClient } from './service.ts'

/** A company's file as far as it could be read; a faulty item leaves its place in the list empty. */
export interface ReadDeclaration {
  file: string
  company: Partial<Company>
  services: (Service | undefined)[]
  partners: (PartnerApplication | undefined)[]
  clients: (ServiceClient | undefined)[]
  apis: (CompanyApi | undefined)[]
}
