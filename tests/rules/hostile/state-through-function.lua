-- a table reached through a helper
-- expect: error is frozen
local hidden = {}
local function get() return hidden end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = get()
    t.n = 1
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
