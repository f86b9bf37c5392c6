/// How the demo PBX routes, as a Kamailio configuration.
///
/// - Office number in any form, or a bare extension: to Rufbus, as E.164.
/// - Bypass prefix + extension: to the phone that is registered under the extension.
/// - From inside or from Rufbus, outside prefix + number: to the carrier side.
/// - Carrier side: the phone that is registered under the E.164 digits.
struct DialPlan {
    let address: String
    let port: UInt16
    let rufbus: UInt16
    let office: DemoOffice

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
        disable_tcp=yes
        auto_aliases=no
        listen=udp:\(address):\(port)
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
            if (is_method("REGISTER")) { save("location"); exit; }
            if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
            if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
            if (t_check_trans()) exit;
            t_newtran();
            record_route();
            # Rufbus and phones under an extension are inside; a phone under an E.164 number is the carrier's.
            if ($si == "\(address)" && $sp == \(rufbus)) route(OFFICE);
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
            $rd = "\(address)";
            $rp = \(rufbus);
            t_relay();
            exit;
        }

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
