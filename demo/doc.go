// Package demo is a small bookshop, made after Istio's Bookinfo, that makes
// honest traffic for Oriel to show: real HTTP services on loopback, in one
// process, with the OpenTelemetry SDK and W3C trace context between them.
//
//	visitors -> gateway -+-> auth ------------> [sessions]
//	                     +-> productpage -+---> details ----> [catalog-db]
//	                     |                +---> reviews v1, v2, v3 -> ratings -> [ratings-db]
//	                     |                +---> recommend --> [catalog-db]
//	                     |                '---> cart -------> [sessions]
//	                     +-> search ----------> [catalog-db]
//	                     '-> checkout ----+---> cart, inventory -> [orders-db]
//	                                      +---> payments ----> api.cardpay.example
//	                                      '---> (order-events) -> mailer
//
// One thing is wrong with it. reviews v3 takes a tenth of the reviews and has
// a pool of one connection to ratings. Every 40 seconds its own background job
// holds that connection for some 3.6 seconds while it asks ratings for one
// product after the other, so that requests wait, and after two seconds give up.
//
// Begin with bookinfo.go, the mesh as a table of services and the steps they
// take. live.go takes those steps over HTTP; past.go takes them on a
// clock of its own, to fill an hour that has already gone by.
package demo
