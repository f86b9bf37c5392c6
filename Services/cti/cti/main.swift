import ArgumentParser
import BusClient
import CTIGateway
import ServiceKit
import TelephonyModel

// rufbus-cti: the HTTP API and its event stream. Keeps nothing: what it shows is rebuilt from the bus.

struct CTISettings: Sendable {
    var address: String
    var port: Int

    init(_ reader: SettingsReader) {
        address = reader.address("http.address", default: "127.0.0.1")
        port = reader.int("http.port", in: 1...65_535)
    }
}

struct CTIArguments: ParsableCommand {
    static let configuration = CommandConfiguration.service("cti", "The HTTP API and its event stream.")
    @OptionGroup var service: ServiceArguments
}

let arguments = CTIArguments.parseOrExit()
await ServiceMain.run("cti", arguments.service, settings: CTISettings.init) { settings, context in
    let board = CallBoard()
    let house = BusHouse(context.bus, logger: context.logger)
    let feed = BoardFeed(board, house, context.logger)
    feed.attach(to: context.bus)
    try await context.bus.open()
    let gateway = Gateway(house: house, board: board) { CallID(unchecked: uuid7()) }
    let port = GatewayPort(gateway, address: settings.address, port: settings.port, logger: context.logger) {
        context.ready()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await port.run() }
        group.addTask { await house.keepOffice() }
        group.addTask { await feed.keep() }
        // The first to end is the port: at the order to stop, or because it could not be opened.
        defer { group.cancelAll() }
        try await group.next()
    }
}
