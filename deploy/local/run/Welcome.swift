import LocalHouse

/// What stands on the screen while the house is up.
struct Welcome {
    private let stage: Stage
    init(_ stage: Stage) { self.stage = stage }

    var text: String {
        let house = stage.house
        return """

            Everything is up. Ctrl-C (or `make stop`) ends it.

              API                 \(house.apiURL)
              SIP of Rufbus       \(house.address):\(house.sipPort)/udp, audio \(house.rtpPorts.lowerBound)-\
            \(house.rtpPorts.upperBound)/udp
              demo PBX            \(house.pbx.address):\(house.pbx.port)/udp
              RabbitMQ            \(house.broker.url(for: "admin"))
              PostgreSQL          \(house.database.adminURL("journal"))
              logs and data       \(house.folder.path)

              user   password     office number    extension
              anna   \(Demo.annaPassword)    +49 89 840987-23    23
              ben    \(Demo.benPassword)     +49 89 840987-24    24

            Try it:
              cd .build/release
              ./rufbus login --server \(house.apiURL) anna     (password \(Demo.annaPassword))
              ./rufbus call 089 12345678
              ./rufbus use office
              ./rufbus journal

            A phone of your own: any SIP phone (UDP, G.711), user 24, no password, domain and proxy
            \(house.pbx.address):\(house.pbx.port). Then it is Ben's office phone. It dials 23 for Anna, 0 and a number
            for outside: 0 089 12345678 is the customer. Anna's mobile answers, but presses no key: after
            the prompt her office phone takes the call. `make run BIND=<address>` lets phones on other
            machines in: whoever reaches that address can then register.

            """
    }
}
