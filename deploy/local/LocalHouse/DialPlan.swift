/// How the demo PBX routes, as a Kamailio configuration.
///
/// - Office number in any form, or a bare extension: to Rufbus, as E.164.
/// - Bypass prefix + extension: to the phone that is registered under the extension.
/// - From inside or from Rufbus, outside prefix + number: to the carrier side.
/// - Carrier side: the phone that is registered under the E.164 digits.
struct DialPlan {
    let address: String
    let port: UInt16
    /// Rufbus' port for this link's transport.
    let rufbus: UInt16
    let office: DemoOffice
    let link: PBXLink
    /// Where `tls.cfg` is, if the link needs one.
    let folder: String

    /// Trunk number without country code (area code and local part).
    private var national: Substring { office.trunkDigits.dropFirst(2) }
    private var country: Substring { office.trunkDigits.prefix(2) }

    private static var modules: String {
        #if arch(arm64)
            "/usr/lib/aarch64-linux-gnu/kamailio/modules/"
        #else
            "/usr/lib/x86_64-linux-gnu/kamailio/modules/"
        #endif
    }

    var text: String { settings + requests + officeSide + carrierSide }

    private var settings: String {
        """
        debug=1
        log_stderror=yes
        children=2
        auto_aliases=no
        listen=udp:\(address):\(port)
        \(listening)
        mpath="\(Self.modules)"
        loadmodule "tm.so"
        loadmodule "sl.so"
        loadmodule "rr.so"
        loadmodule "pv.so"
        loadmodule "maxfwd.so"
        loadmodule "textops.so"
        loadmodule "siputils.so"
        loadmodule "usrloc.so"
        loadmodule "registrar.so"
        loadmodule "auth.so"
        \(tls)
        modparam("usrloc", "db_mode", 0)
        modparam("registrar", "max_contacts", 1)
        # A phone that is off gives 408 after five seconds.
        modparam("tm", "fr_timer", 5000)
        modparam("tm", "fr_inv_timer", 90000)
        modparam("rr", "enable_full_lr", 1)

        """
    }

    private var requests: String {
        """
        request_route {
            if (!mf_process_maxfwd_header("20")) { sl_send_reply("483", "Too Many Hops"); exit; }
            if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
            if (has_totag()) { route(DIALOG); exit; }
            if (is_method("REGISTER")) { \(registering)save("location"); exit; }
            if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
            if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
            if (t_check_trans()) exit;
            t_newtran();
            record_route();
            # Rufbus and phones under an extension are inside; a phone under an E.164 number is the carrier's.
            if (\(isRufbus)) { \(admitting)route(OFFICE); }
            if ($fU =~ "^[0-9]{1,4}$") route(OFFICE);
            route(CARRIER);
        }

        route[DIALOG] {
            if (loose_route()) { t_relay(); return; }
            if (is_method("ACK")) { if (t_check_trans()) t_relay(); return; }
            sl_send_reply("404", "Not here");
        }

        route[LOCATION] {
            if (!lookup("location")) { t_reply("404", "Not Found"); exit; }
            t_relay();
            exit;
        }

        route[RUFBUS] {
            \(toRufbus)
            t_relay();
            exit;
        }

        """
    }

    // MARK: The link to Rufbus

    private var listening: String {
        switch link.transport {
        case .udp: "disable_tcp=yes"
        case .tcp: "listen=tcp:\(address):\(port)"
        case .tls: "enable_tls=yes\nlisten=tls:\(address):\(port)"
        }
    }

    private var tls: String {
        guard link.transport == .tls else { return "" }
        return "loadmodule \"tls.so\"\nmodparam(\"tls\", \"config\", \"\(folder)/tls.cfg\")"
    }

    /// Phones speak UDP; on another transport there is Rufbus alone.
    private var isRufbus: String {
        link.transport == .udp ? "$si == \"\(address)\" && $sp == \(rufbus)" : "proto != UDP"
    }

    private var registering: String {
        guard let account = link.account else { return "" }
        return """
            if ($tU == "\(account.user)" && !pv_www_authenticate("$td", "\(account.password)", "0")) \
            { www_challenge("$td", "0"); exit; } 
            """
    }

    /// A registered trunk shows its password with every call.
    private var admitting: String {
        guard let account = link.account else { return "" }
        return """
            if (!pv_proxy_authenticate("$fd", "\(account.password)", "0")) { proxy_challenge("$fd", "0"); exit; } \
            consume_credentials(); 
            """
    }

    /// To where the trunk has registered, else to Rufbus' address; the called number stays what it is.
    private var toRufbus: String {
        let transport = link.transport == .udp ? "" : ";transport=\(link.transport.rawValue)"
        guard let account = link.account else { return "$du = \"sip:\(address):\(rufbus)\(transport)\";" }
        return """
            $var(called) = $rU;
                if (!lookup("location", "sip:\(account.user)@\(address)")) { t_reply("480", "Trunk is down"); exit; }
                $rU = $var(called);
            """
    }

    private var officeSide: String {
        let bypass = office.bypassPrefix
        return """
            route[OFFICE] {
                if ($rU =~ "^\(bypass)(\(office.extensions))$") { strip(\(bypass.count)); route(LOCATION); }
                if ($rU =~ "^(\(office.extensions))$") { prefix("+\(office.trunkDigits)"); route(RUFBUS); }
                if ($rU =~ "^\(office.outsidePrefix)[0-9]") { strip(\(office.outsidePrefix.count)); route(CARRIER); }
                route(CARRIER);
            }

            """
    }

    /// Every form is first made E.164 digits without `+`.
    private var carrierSide: String {
        """
        route[CARRIER] {
            if ($rU =~ "^\\+") strip(1);
            else if ($rU =~ "^00") strip(2);
            else if ($rU =~ "^0") { strip(1); prefix("\(country)"); }
            if ($rU =~ "^\(office.trunkDigits)(\(office.extensions))$") { prefix("+"); route(RUFBUS); }
            route(LOCATION);
        }

        """
    }
}
