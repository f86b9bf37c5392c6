import Foundation

/// baresip's configuration folder for one phone without sound card.
struct PhoneSetup {
    let user: String
    let pbx: String
    let address: String
    /// SIP, TLS (bound whether wanted or not), control, one spare, then RTP.
    let ports: ClosedRange<UInt16>
    let speaks: String
    let folder: String

    /// Where it takes commands from anybody who connects: never beyond this machine, wherever its SIP listens.
    static let controlAddress = "127.0.0.1"
    var control: UInt16 { ports.lowerBound + 2 }

    func write() throws(HouseError) {
        try writeFile(folder + "/config", config)
        try writeFile(folder + "/accounts", account)
        do {
            try FileManager.default.createDirectory(atPath: folder + "/heard", withIntermediateDirectories: true)
        } catch { throw HouseError("cannot make \(folder)/heard: \(error)") }
    }

    private var account: String {
        "<sip:\(user)@\(pbx)>;regint=60;answermode=manual;audio_codecs=pcma,pcmu;outbound=\"sip:\(pbx);lr\"\n"
    }

    private var config: String {
        """
        sip_listen \(address):\(ports.lowerBound)
        net_interface \(address)
        call_local_timeout 120
        call_max_calls 4
        audio_source aufile,\(speaks)
        audio_srate 8000
        audio_channels 1
        ausrc_srate 8000
        ausrc_channels 1
        rtp_ports \(ports.lowerBound + 4)-\(ports.upperBound)
        jitter_buffer_delay 2-6
        module_path /usr/lib/baresip/modules
        module g711.so
        module aufile.so
        module sndfile.so
        module_app account.so
        module_app menu.so
        module_app ctrl_tcp.so
        ctrl_tcp_listen \(Self.controlAddress):\(control)
        snd_path \(folder)/heard
        ringback_disabled yes
        menu_bell no
        statmode_default off

        """
    }
}
