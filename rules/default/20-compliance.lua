-- What law or statutory guidance asks of the post, as far as rules.csv cannot say it: where either of two conditions is enough, and
-- where an award must be looked for. Short, in paid time, and never a course, unit or qualification for somebody who has never been
-- rated: the point is that it was done and is fresh. Where only a certificate, licence or registration counts, a session in school is
-- no answer: that is said, and the award itself is named where the catalogue knows an open one.

-- The level "can teach others": no session leads there.
local TEACHES = 4

local function statutory(need)
  return given(need.importance == "statutory", otherwise "this is not required by law for your post")
end

local function certified(need)
  return given(need.certificate, otherwise "no certificate is asked for; training in school is enough")
end

local function in_person(need, person)
  return given(not need.certificate, otherwise "only a certificate, licence or registration counts here")
     and given(need.practical or person.no_computer == true, otherwise "a module on a computer is shorter")
end

local SHOWN = { award = true, licence = true }

-- The award or licence that is known to be open and gives no more than it must.
local function award_for(need)
  local best
  for _, q in ipairs(qualifications_for(need)) do
    if q.open == "yes" and SHOWN[q.type] and (best == nil or q.gives < best.gives) then best = q end
  end
  return best
end

local function award_known(need)
  return given(award_for(need) ~= nil, otherwise "no award or licence that gives this is known to be open")
end

local function no_award_known(need)
  return given(award_for(need) == nil, otherwise "there is an open award or licence for this")
end

local function named(need, priority)
  return qualification { id = award_for(need).id, priority = priority, not_in_house = "only the body that awards it can give or renew it" }
end

rule "statutory-refresh-in-person" {
  about  = "Your post requires this and your last training is no longer in date; a session in school brings it up to date",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "lapsed",
  when   = function(need, person) return statutory(need) and in_person(need, person) end,
  recommend = function() return inset { priority = 88 } end,
}

rule "statutory-renew" {
  about  = "Your post requires this certificate or licence and yours is no longer in date; ask the school to book it again",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "lapsed",
  when   = function(need) return statutory(need) and certified(need) and award_known(need) end,
  recommend = function(need) return named(need, 90) end,
}

rule "compliance-gap-in-person" {
  about   = "Your post asks for more than your last rating shows here; a session in school closes this",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need, person)
    return given(need.required < TEACHES, otherwise "one session makes nobody able to teach others") and in_person(need, person)
  end,
  recommend = function() return inset { priority = 80 } end,
}

rule "compliance-gap-certificate" {
  about   = "Your post asks for more than your last rating shows here, and a certificate or licence is what shows it",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need) return certified(need) and award_known(need) end,
  recommend = function(need) return named(need, 84) end,
}

rule "compliance-gap-elsewhere" {
  about   = "Your post asks for more than your last rating shows here: show a newer certificate, or ask the body that gives it what is open",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need) return certified(need) and no_award_known(need) end,
  recommend = function() return resource { priority = 80 } end,
}
