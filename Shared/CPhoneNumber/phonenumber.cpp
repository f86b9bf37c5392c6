#include "phonenumber.h"

#include <cstring>
#include <set>
#include <string>

#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

bool phonenumber_read(const char *text, const char *region, char *e164, size_t capacity) {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (util.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return false;
    if (!util.IsValidNumber(number)) return false;
    std::string formatted;
    util.Format(number, PhoneNumberUtil::E164, &formatted);
    if (formatted.size() >= capacity) return false;
    std::memcpy(e164, formatted.c_str(), formatted.size() + 1);
    return true;
}

bool phonenumber_is_emergency(const char *digits, const char *region) {
    static const ShortNumberInfo info;
    return info.IsEmergencyNumber(digits, region);
}

bool phonenumber_knows_region(const char *region) {
    return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region) != 0;
}
