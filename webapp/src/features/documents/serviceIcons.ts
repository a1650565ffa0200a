import airtable from 'simple-icons/icons/airtable.svg?raw'
import box from 'simple-icons/icons/box.svg?raw'
import coda from 'simple-icons/icons/coda.svg?raw'
import confluence from 'simple-icons/icons/confluence.svg?raw'
import dropbox from 'simple-icons/icons/dropbox.svg?raw'
import figma from 'simple-icons/icons/figma.svg?raw'
import gitbook from 'simple-icons/icons/gitbook.svg?raw'
import github from 'simple-icons/icons/github.svg?raw'
import gitlab from 'simple-icons/icons/gitlab.svg?raw'
import googleDocs from 'simple-icons/icons/googledocs.svg?raw'
import googleDrive from 'simple-icons/icons/googledrive.svg?raw'
import googleSheets from 'simple-icons/icons/googlesheets.svg?raw'
import googleSlides from 'simple-icons/icons/googleslides.svg?raw'
import jira from 'simple-icons/icons/jira.svg?raw'
import miro from 'simple-icons/icons/miro.svg?raw'
import nextcloud from 'simple-icons/icons/nextcloud.svg?raw'
import notion from 'simple-icons/icons/notion.svg?raw'
import vimeo from 'simple-icons/icons/vimeo.svg?raw'
import youtube from 'simple-icons/icons/youtube.svg?raw'

const drawings: Record<string, string> = {
  airtable,
  box,
  coda,
  confluence,
  dropbox,
  figma,
  gitbook,
  github,
  gitlab,
  'google-docs': googleDocs,
  'google-drive': googleDrive,
  'google-sheets': googleSheets,
  'google-slides': googleSlides,
  jira,
  miro,
  nextcloud,
  notion,
  vimeo,
  youtube,
}

/** The outline of a service's mark in a square of 24, where the service has one. */
export const serviceOutline = (id: string): string | undefined => / d="([^"]+)"/.exec(drawings[id] ?? '')?.[1]
