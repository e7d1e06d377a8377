-- What law or statutory guidance requires of the post. The rules here need what rules.csv cannot express: a choice between two
-- conditions, or a search for an award. The training is short and in paid time. Somebody who has never been rated is not sent on a
-- course, unit or qualification, because a recent record is all that is required. Where only a certificate, licence or registration
-- counts, a session in school is not enough; the rule says so, and names the award if the catalogue has an open one.

-- The level "can teach others", which no single session leads to.
local TEACHES = 4

local function required(need)
  return given(need.purpose == "compliance", otherwise "neither law nor safety requires this of your post")
end

local function certified(need)
  return given(need.certificate, otherwise "no certificate is required; training in school is enough")
end

local function in_person(need, person)
  return given(not need.certificate, otherwise "only a certificate, licence or registration counts")
     and given(need.practical or person.no_computer == true or need.required >= TEACHES, otherwise "an online module is shorter")
end

local SHOWN = { award = true, licence = true }

-- Enough comes before not enough; then the lowest that is enough, or the highest that is not; then the lower level of study.
local function closer(a, b, need)
  local enough_a, enough_b = a.gives >= need.required, b.gives >= need.required
  if enough_a ~= enough_b then return enough_a end
  if a.gives ~= b.gives then return (a.gives < b.gives) == enough_a end
  return (a.level or 9) < (b.level or 9)
end

-- The award or licence that is known to be open and comes closest to what the post requires.
local function award_for(need)
  local best
  for _, q in ipairs(steps_for(need)) do
    if q.open == "yes" and SHOWN[q.type] and (best == nil or closer(q, best, need)) then best = q end
  end
  return best
end

local function award_known(need)
  return given(award_for(need) ~= nil, otherwise "no award or licence for this is known to be open")
end

local function no_award_known(need)
  return given(award_for(need) == nil, otherwise "there is an open award or licence for this")
end

local function named(need, priority)
  return qualification { id = award_for(need).id, priority = priority, not_in_house = "only the awarding body can issue or renew it" }
end

rule "statutory-refresh-in-person" {
  about  = "Your post requires this training and yours is out of date; a session in school will bring it up to date",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "lapsed",
  when   = function(need, person) return required(need) and in_person(need, person) end,
  recommend = function() return inset { priority = 88 } end,
}

rule "statutory-renew" {
  about  = "Your post requires this certificate or licence and yours is out of date; ask the school to book it again",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "lapsed",
  when   = function(need) return required(need) and certified(need) and award_known(need) end,
  recommend = function(need) return named(need, 90) end,
}

rule "statutory-renew-ahead" {
  about  = "Your post requires this certificate or licence and yours runs out soon; ask the school to book the renewal before then",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "ending",
  when   = function(need) return required(need) and award_known(need) end,
  recommend = function(need) return named(need, 91) end,
}

rule "compliance-gap-in-person" {
  about   = "Your post requires a higher level than your last rating; a session in school will close the gap",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need, person)
    return given(need.required < TEACHES, otherwise "one session is not enough to teach others") and in_person(need, person)
  end,
  recommend = function() return inset { priority = 80 } end,
}

rule "compliance-gap-certificate" {
  about   = "Your post requires a higher level than your last rating; you need a certificate or licence to show it",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need) return certified(need) and award_known(need) end,
  recommend = function(need) return named(need, 84) end,
}

rule "compliance-gap-elsewhere" {
  about   = "Your post requires a higher level than your last rating; show a newer certificate, or ask the awarding body what is available",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need) return certified(need) and no_award_known(need) end,
  recommend = function() return resource { priority = 80 } end,
}
