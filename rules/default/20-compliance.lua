-- What law or statutory guidance asks of the post. Short, in paid time, and never a course, unit or qualification for somebody who has
-- not been rated: the point is that it was done and is fresh.

-- Only shown by doing; a screen cannot teach it.
local PRACTICAL = {
  ["X.FAID"] = true, ["X.PFAI"] = true, ["X.POSH"] = true, ["X.MANU"] = true, ["X.HEIG"] = true, ["X.MINI"] = true, ["X.PASS"] = true,
}

local function statutory(need)
  return given(need.importance == "statutory", otherwise "this is not required by law for your post")
end

local function on_screen(need, person)
  return given(not PRACTICAL[need.competence], otherwise "this is learnt by doing, not on a screen")
     and given(person.no_computer ~= true, otherwise "you have no computer to learn with")
end

rule "statutory-first-time" {
  about  = "Your post requires this and nothing shows that you have had it yet; the school's next training session is the place",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "unrated",
  when   = function(need) return statutory(need) end,
  recommend = function() return inset { priority = 90 } end,
}

rule "statutory-refresh" {
  about  = "Your post requires this and your last training is no longer in date; a short module brings it up to date",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "lapsed",
  when   = function(need, person) return statutory(need) and on_screen(need, person) end,
  recommend = function() return e_learning { priority = 90 } end,
}

rule "statutory-refresh-in-person" {
  about  = "Your post requires this and your last training is no longer in date; a session in school brings it up to date",
  source = "guide-2010/step-3",
  owner  = "needsd default rules",
  needs  = "lapsed",
  when   = function(need, person)
    return statutory(need)
       and given(PRACTICAL[need.competence] or person.no_computer == true, otherwise "a module on a computer is shorter")
  end,
  recommend = function() return inset { priority = 88 } end,
}

rule "compliance-gap" {
  about   = "Your post asks for more than your last rating shows here; a short module closes this",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need, person) return on_screen(need, person) end,
  recommend = function() return e_learning { priority = 82 } end,
}

rule "compliance-gap-in-person" {
  about   = "Your post asks for more than your last rating shows here; a session in school closes this",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = "compliance",
  needs   = "gap",
  when    = function(need, person)
    return given(PRACTICAL[need.competence] or person.no_computer == true, otherwise "a module on a computer is shorter")
  end,
  recommend = function() return inset { priority = 80 } end,
}
