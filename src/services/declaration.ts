import type { Company } from '../companies/index.ts'
import type { CompanyApi, PartnerApplication, Service, ServiceClient } from './service.ts'

/** As far as it could be read: a part that is faulty is there without a value, one that was left out is not there. */
export type ReadClient = Partial<ServiceClient>
export type ReadSite<T> = Partial<Omit<T, 'clients'>> & { clients: ReadClient[] }

/** A company's file as far as it could be read; what is no group of settings at all leaves its place in the list empty. */
export interface ReadDeclaration {
  file: string
  company: Partial<Company>
  services: (ReadSite<Service> | undefined)[]
  partners: (ReadSite<PartnerApplication> | undefined)[]
  clients: (ReadClient | undefined)[]
  apis: (Partial<CompanyApi> | undefined)[]
}
