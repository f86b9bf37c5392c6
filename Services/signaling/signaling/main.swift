// rufbus-signaling: speaks SIP with the PBX or carrier, owns the calls.
import ServiceKit

await ServiceMain.run("signaling", settings: SignalingSettings.init(reading:)) { settings, context in
    try await SignalingService(settings, context).run()
}
