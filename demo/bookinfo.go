package demo

import "time"

const ms = time.Millisecond

// The share of reviews that each version serves, in thousandths: v1 is drained.
const (
	weightV1 = 2
	weightV2 = 898
	weightV3 = 100
)

// bookinfo is the mesh of the demo.
var bookinfo = mesh{
	stores: []storeSpec{
		{name: "ratings-db", system: "mongodb", namespace: "ratings-db", port: 27017},
		{name: "catalog-db", system: "postgresql", namespace: "catalog-db", port: 5432},
		{name: "orders-db", system: "postgresql", namespace: "orders-db", port: 5432},
		{name: "sessions", system: "redis", namespace: "0", port: 6379},
	},
	visits: []visit{
		{0.86, "GET", "/productpage/{id}"},
		{0.115, "GET", "/search"},
		{0.025, "POST", "/checkout/{id}"},
	},
	services: []spec{
		{name: "gateway", version: "v5", operations: []operation{
			{"GET /productpage/{id}", []step{refuse{0.001, 429, "rate limit of the client exceeded"}, session, call{to: "productpage", method: "GET", path: "/products/{id}"}}},
			{"GET /search", []step{session, call{to: "search", method: "GET", path: "/search"}}},
			{"POST /checkout/{id}", []step{session, call{to: "checkout", method: "POST", path: "/orders/{id}"}}},
		}},
		{name: "auth", version: "v8", operations: []operation{
			{"GET /session", []step{work{1 * ms}, refuse{0.004, 401, "session expired"}, refuse{0.001, 429, "too many attempts"},
				query{"sessions", "GET", "", "GET session:?", ms / 2}}},
		}},
		{name: "productpage", version: "v12", operations: []operation{
			{"GET /products/{id}", []step{
				work{2 * ms},
				together{
					call{to: "details", method: "GET", path: "/details/{id}"},
					call{to: "reviews", method: "GET", path: "/reviews/{id}"},
					sometimes{0.4, []step{call{to: "recommend", method: "GET", path: "/recommendations/{id}", optional: true}}},
					sometimes{0.2, []step{call{to: "cart", method: "GET", path: "/cart", optional: true}}},
				},
				work{3 * ms},
			}},
		}},
		{name: "details", version: "v4", operations: []operation{
			{"GET /details/{id}", []step{work{1 * ms}, refuse{0.002, 404, "no such product"},
				query{"catalog-db", "SELECT", "products", "SELECT title, author, pages, isbn FROM products WHERE id = $1", 4 * ms}}},
		}},
		{name: "reviews", version: "v1", weight: weightV1, operations: []operation{
			{"GET /reviews/{id}", []step{work{8 * ms}}},
		}},
		{name: "reviews", version: "v2", weight: weightV2, pools: map[string]int{"ratings": 32}, operations: []operation{
			{"GET /reviews/{id}", []step{work{6 * ms}, borrow{"ratings", 2 * time.Second, []step{rating}}, work{2 * ms}}},
		}},
		{name: "reviews", version: "v3", weight: weightV3, pools: map[string]int{"ratings": 1}, operations: []operation{
			{"GET /reviews/{id}", []step{work{6 * ms}, borrow{"ratings", 2 * time.Second, []step{rating}}, work{2 * ms}}},
		}, jobs: []job{
			{"refresh ratings cache", 3 * time.Second, 40 * time.Second, []step{
				borrow{"ratings", 10 * time.Second, []step{
					repeat{56, []step{call{to: "ratings", method: "GET", path: "/ratings/{id}/history"}}},
				}},
			}},
		}},
		{name: "ratings", version: "v2", operations: []operation{
			{"GET /ratings/{id}", []step{work{1 * ms},
				query{"ratings-db", "find", "ratings", `{"find": "ratings", "filter": {"product": ?}}`, 8 * ms}}},
			{"GET /ratings/{id}/history", []step{work{4 * ms},
				query{"ratings-db", "aggregate", "ratings", `{"aggregate": "ratings", "pipeline": [{"$match": {"product": ?}}, {"$sort": {"at": 1}}]}`, 54 * ms}}},
		}},
		{name: "recommend", version: "v7", operations: []operation{
			{"GET /recommendations/{id}", []step{work{4 * ms},
				query{"catalog-db", "SELECT", "related", "SELECT other FROM related WHERE product = $1 LIMIT 5", 5 * ms},
				query{"catalog-db", "SELECT", "products", "SELECT title FROM products WHERE id = ANY($1)", 3 * ms}}},
		}},
		{name: "search", version: "v3", operations: []operation{
			{"GET /search", []step{work{2 * ms}, refuse{0.012, 400, "the query has an open quote"},
				query{"catalog-db", "SELECT", "products", "SELECT id, title FROM products WHERE title ILIKE $1 LIMIT 20", 22 * ms}}},
		}},
		{name: "cart", version: "v6", operations: []operation{
			{"GET /cart", []step{work{1 * ms}, query{"sessions", "HGETALL", "", "HGETALL cart:?", ms}}},
		}},
		{name: "checkout", version: "v9", operations: []operation{
			{"POST /orders/{id}", []step{
				work{3 * ms},
				call{to: "cart", method: "GET", path: "/cart"},
				call{to: "inventory", method: "POST", path: "/reservations/{id}"},
				call{to: "payments", method: "POST", path: "/charges"},
				query{"orders-db", "INSERT", "orders", "INSERT INTO orders (session, product, price) VALUES ($1, $2, $3)", 6 * ms},
				publish{"order-events"},
			}},
		}},
		{name: "inventory", version: "v2", operations: []operation{
			{"POST /reservations/{id}", []step{work{1 * ms},
				query{"orders-db", "UPDATE", "stock", "UPDATE stock SET free = free - 1 WHERE product = $1 AND free > 0", 7 * ms}}},
		}},
		{name: "payments", version: "v11", operations: []operation{
			{"POST /charges", []step{work{2 * ms}, call{to: "api.cardpay.example", method: "POST", path: "/v1/charges"}}},
		}},
		{name: "api.cardpay.example", silent: true, operations: []operation{
			{"POST /v1/charges", []step{work{120 * ms}, refuse{0.024, 402, "card declined"}}},
		}},
		{name: "mailer", version: "v1", consumes: "order-events", onEvent: []step{
			work{12 * ms}, call{to: "api.mailout.example", method: "POST", path: "/v3/messages"},
		}},
		{name: "api.mailout.example", silent: true, operations: []operation{
			{"POST /v3/messages", []step{work{30 * ms}, refuse{0.02, 429, "slow down"}}},
		}},
	},
}

// Steps that several operations share.
var (
	session = call{to: "auth", method: "GET", path: "/session"}
	rating  = call{to: "ratings", method: "GET", path: "/ratings/{id}"}
)

// products is how many books the shop has.
const products = 200
