// Package api is the HTTP surface for programs: JSON operations with their
// OpenAPI 3.1 description, live events, sign-in, and the health of the service.
//
// Nothing of a resident is answered without a sign-in: a bearer token for
// programs, a session cookie for people. Errors are RFC 9457 problem details.
package api
