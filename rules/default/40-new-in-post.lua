-- New in the school, in a role, or with a duty: somebody at one's side beats any course in the first months.

local ROLE = { "role", "growth" }
local BASIC = { ["X.ENGL"] = true, ["X.MATH"] = true, ["X.ITSK"] = true }

-- The need comes from `from`, and a colleague can help as `kind`.
local function new_with(need, school, from, why_not, kind)
  return given(need.from == from, otherwise(why_not))
     and given(not BASIC[need.competence], otherwise "for your own English, mathematics and digital skills there are other ways")
     and given(school:helpers(need, kind) > 0, otherwise "nobody is available here now")
end

rule "induction-buddy" {
  about   = "You are new here: a colleague in the same kind of work answers questions as they come up",
  source  = "lsis-2010/recommendation-11",
  owner   = "needsd default rules",
  purpose = ROLE,
  when    = function(need, _, school) return new_with(need, school, "induction", "you are not new in the school", "buddy") end,
  recommend = function() return buddying { priority = 72 } end,
}

rule "induction-shadow" {
  about   = "You are new here: go along with a colleague and see how it is done in this school",
  source  = "lsis-2010/induction",
  owner   = "needsd default rules",
  purpose = ROLE,
  when    = function(need, _, school) return new_with(need, school, "induction", "you are not new in the school", "shadow-host") end,
  recommend = function() return shadowing { weeks = 3, priority = 68 } end,
}

rule "new-role-mentor" {
  about   = "Your role is new to you: an experienced colleague goes through the first months with you",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  when    = function(need, _, school) return new_with(need, school, "new-role", "your role is not new", "mentor") end,
  recommend = function() return mentoring { priority = 72 } end,
}

rule "new-role-buddy" {
  about   = "Your role is new to you: a colleague in a like role is there for questions",
  source  = "lsis-2010/recommendation-11",
  owner   = "needsd default rules",
  purpose = ROLE,
  when    = function(need, _, school) return new_with(need, school, "new-role", "your role is not new", "buddy") end,
  recommend = function() return buddying { priority = 68 } end,
}

rule "new-duty-coach" {
  about   = "You have taken on a new duty: a colleague who does it well coaches you in it",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  when    = function(need, _, school) return new_with(need, school, "new-duty", "this is not a new duty of yours", "coach") end,
  recommend = function() return coaching { priority = 72 } end,
}

rule "new-duty-shadow" {
  about   = "You have taken on a new duty: see it done by a colleague first",
  source  = "guide-2010/step-3",
  owner   = "needsd default rules",
  purpose = ROLE,
  when    = function(need, _, school) return new_with(need, school, "new-duty", "this is not a new duty of yours", "shadow-host") end,
  recommend = function() return shadowing { priority = 68 } end,
}
