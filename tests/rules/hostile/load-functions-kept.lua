-- functions by the thousand, kept in a table
-- expect: fires
local t = {}
--* 3000 t[@] = function() return @ end 

local function read() return t end
rule "reads" {
  about = "reads them", source = "guide-2010", owner = "tests",
  recommend = function() return read()[3000]() == 3000 and coaching {} or nil end,
}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
